import type { HopRow } from './hopLog.ts';

/** The row nearest to `wanted` that has a link, among those in the document. */
export function linkAt(
  rows: readonly HopRow[],
  { wanted, first, end }: { readonly wanted: number; readonly first: number; readonly end: number },
): number | undefined {
  const at = Math.min(Math.max(wanted, first), end - 1);
  for (let index = at; index < end; index++) if (hasLink(rows, index)) return index;
  for (let index = at - 1; index >= first; index--) if (hasLink(rows, index)) return index;
  return undefined;
}

/** The row that a key leads to: `target`, or the next row in its direction that has a link. */
export function linkTowards(rows: readonly HopRow[], from: number, target: number): number {
  const step = target < from ? -1 : 1;
  for (let index = target; index >= 0 && index < rows.length; index += step) {
    if (hasLink(rows, index)) return index;
  }
  return from;
}

function hasLink(rows: readonly HopRow[], index: number): boolean {
  return rows[index]?.kind === 'hop';
}
