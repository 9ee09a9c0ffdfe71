import type { Step } from '../../../trace/journeys/steps.ts';
import type { RowCounts } from '../contract.ts';
import { sumCounts } from './rowCounts.ts';
import type { OrderedRow } from './rowOrder.ts';

/**
 * Keeps at most `max` rows: the first half, the last quarter, and between them the failed ones. One
 * row stands for each run of rows that are left out.
 */
export function limitRows(
  rows: readonly OrderedRow[],
  failures: ReadonlySet<Step>,
  max: number,
): readonly OrderedRow[] {
  if (rows.length <= max) return rows;
  const head = Math.floor(max / 2);
  const tail = Math.floor(max / 4);
  const kept: OrderedRow[] = rows.slice(0, head);
  let omitted: OrderedRow[] = [];
  // A run may stand before each failed row.
  let room = Math.floor((max - head - tail - 1) / 2);
  const middle = rows.slice(head, rows.length - tail);
  for (const row of middle) {
    if (room > 0 && row.kind === 'step' && failures.has(row.step)) {
      room--;
      kept.push(...omission(omitted, failures), row);
      omitted = [];
    } else {
      omitted.push(row);
    }
  }
  return [...kept, ...omission(omitted, failures), ...rows.slice(rows.length - tail)];
}

function omission(rows: readonly OrderedRow[], failures: ReadonlySet<Step>): OrderedRow[] {
  const [first] = rows;
  if (first === undefined) return [];
  const counts = sumCounts(rows.map((row) => countRow(row, failures)));
  const key = first.kind === 'step' ? first.step.span.spanId : first.key;
  return [{ kind: 'omitted', key: `omitted ${key}`, depth: first.depth, name: '', counts }];
}

function countRow(row: OrderedRow, failures: ReadonlySet<Step>): RowCounts {
  if (row.kind !== 'step') return row.counts;
  const { span, pending } = row.step;
  return {
    all: 1,
    failed: failures.has(row.step) ? 1 : 0,
    waiting: pending.length > 0 ? 1 : 0,
    startMs: span.startMs,
    endMs: span.endMs,
  };
}
