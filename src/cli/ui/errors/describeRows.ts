import type { ErrorGroup, ErrorGroups, ErrorRow, ErrorRows, Look } from './contract.ts';
import type { ErrorIndex, IndexedError } from './index/errorIndex.ts';
import { countGroups, type GroupCount } from './index/indexGroups.ts';
import type { StoredLook } from './looks.ts';

const MAX_VALUES = 1_000;
const MAX_GROUPS = 500;

export function describeLook(look: StoredLook, archiveFolder: string): Look {
  const { id, queue, asOfMs, gap, index } = look;
  return {
    id,
    queue: queue.name,
    asOf: formatTime(asOfMs),
    count: index.rows.length,
    ...(gap === undefined ? {} : { gap }),
    archiveFolder,
    actors: valuesOf(index, 'actor'),
    codes: valuesOf(index, 'code'),
  };
}

export function describeGroups(errors: readonly IndexedError[]): ErrorGroups {
  const groups = countGroups(errors);
  return {
    count: errors.filter(({ gone }) => gone === undefined).length,
    total: groups.length,
    groups: groups.slice(0, MAX_GROUPS).map(describeGroup),
  };
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export function describeRows(errors: readonly IndexedError[], { offset, limit }: Page): ErrorRows {
  return { count: errors.length, rows: errors.slice(offset, offset + limit).map(describeRow) };
}

export function describeRow(error: IndexedError): ErrorRow {
  const { row, id, journey, group, attempt, timeMs, sizeBytes, gone } = error;
  return {
    row,
    id,
    journey,
    ...nameGroup(group),
    text: group.text,
    ...(attempt === undefined ? {} : { attempt }),
    ...(timeMs === undefined ? {} : { failedAt: formatTime(timeMs) }),
    sizeBytes,
    ...(gone === undefined ? {} : { gone }),
  };
}

function describeGroup({ group, count, gone, firstMs, lastMs }: GroupCount): ErrorGroup {
  return {
    key: group.key,
    ...nameGroup(group),
    text: group.text,
    count,
    ...(gone === 0 ? {} : { gone }),
    ...(firstMs === undefined ? {} : { first: formatTime(firstMs) }),
    ...(lastMs === undefined ? {} : { last: formatTime(lastMs) }),
  };
}

function nameGroup({ actor, code }: IndexedError['group']): Pick<ErrorGroup, 'actor' | 'code'> {
  return { ...(actor === undefined ? {} : { actor }), ...(code === undefined ? {} : { code }) };
}

/** The different values, sorted. */
function valuesOf(index: ErrorIndex, name: 'actor' | 'code'): readonly string[] {
  const values = new Set<string>();
  for (const { [name]: value } of index.groups) if (value !== undefined) values.add(value);
  return [...values].toSorted().slice(0, MAX_VALUES);
}

/** RFC 3339 */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
