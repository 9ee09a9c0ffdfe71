import type { ErrorFilter, Look } from '../../../src/cli/ui/errors/contract.ts';

/**
 * The paths of the requests for one look.
 * @param filter with times instead of ages
 */
export function groupsPath(look: Look, filter: ErrorFilter): string {
  return `${pathOf(look)}/groups?${queryOf(filter)}`;
}

export function arrivedPath(look: Look): string {
  return `${pathOf(look)}/arrived`;
}

export function rowsPath(
  look: Look,
  filter: ErrorFilter,
  part: { readonly offset: number; readonly limit: number },
): string {
  return `${pathOf(look)}/rows?${queryOf({ ...filter, ...part })}`;
}

export function messagePath(look: Look, row: number): string {
  return `${pathOf(look)}/rows/${row}`;
}

function pathOf({ id }: Look): string {
  return `/api/errors/looks/${encodeURIComponent(id)}`;
}

function queryOf(values: object): string {
  const given = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(given).toString();
}
