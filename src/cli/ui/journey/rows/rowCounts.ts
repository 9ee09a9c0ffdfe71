import type { RowCounts } from '../contract.ts';

/** Adds up what rows stand for. The times reach from the first start to the last end. */
export function sumCounts(rows: readonly RowCounts[]): RowCounts {
  let [all, failed, waiting] = [0, 0, 0];
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    all += row.all;
    failed += row.failed;
    waiting += row.waiting;
    startMs = Math.min(startMs, row.startMs);
    endMs = Math.max(endMs, row.endMs);
  }
  return { all, failed, waiting, startMs, endMs };
}
