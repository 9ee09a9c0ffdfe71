import type { ErrorFilter, Look } from '../../../src/cli/ui/errors/contract.ts';
import { resolveAge } from '../address/period.ts';

/** The paths of the requests for one look. */
export function groupsPath(look: Look, filter: ErrorFilter): string {
  return `${pathOf(look)}/groups?${queryOf(look, filter)}`;
}

export function rowsPath(
  look: Look,
  filter: ErrorFilter,
  part: { readonly offset: number; readonly limit: number },
): string {
  const { offset, limit } = part;
  return `${pathOf(look)}/rows?${queryOf(look, filter, { offset, limit })}`;
}

export function messagePath(look: Look, row: number): string {
  return `${pathOf(look)}/rows/${row}`;
}

function pathOf({ id }: Look): string {
  return `/api/errors/looks/${encodeURIComponent(id)}`;
}

function queryOf(
  { asOf }: Look,
  filter: ErrorFilter,
  more: Readonly<Record<string, number>> = {},
): string {
  const given = [...Object.entries(resolveAge(filter, asOf)), ...Object.entries(more)];
  return new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}
