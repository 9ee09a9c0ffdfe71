import { printable } from '../terminal/printable.ts';
import { formatTable } from '../terminal/table.ts';
import type { Reconciliation } from './reconcile.ts';

const MAX_LISTED = 20;

/** Formats the counts as a table, followed by the ids that are not accounted for. */
export function formatReconciliation(reconciliation: Reconciliation): string {
  const { lost, stuck, unexplained, strangers } = reconciliation;
  const lists = [
    formatList('lost', lost),
    formatList('stuck', stuck),
    formatList('unexplained duplicates', unexplained),
    formatList('strangers', strangers),
  ];
  return formatTable(rowsOf(reconciliation), ['left', 'right']) + lists.join('');
}

type Row = readonly [name: string, count: string];

function rowsOf(reconciliation: Reconciliation): Row[] {
  const { sent, happy, errors, fanout, fanoutsOfUnknownWidth } = reconciliation;
  const { lost, stuck, explained, unexplained, strangers } = reconciliation;
  return [
    row('sent', sent),
    row('happy-end', happy),
    row('error-end', sum(errors)),
    ...rowsByName(errors),
    row('fan-out: children expected', fanout.expected),
    row('fan-out: children received', fanout.received),
    ...(fanoutsOfUnknownWidth === 0
      ? []
      : [row('fan-outs of unknown width', fanoutsOfUnknownWidth)]),
    row('lost', lost.length),
    row('stuck', stuck.length),
    row('duplicates', sum(explained) + unexplained.length),
    ...rowsByName(explained),
    row('  unexplained', unexplained.length),
    row('strangers', strangers.length),
  ];
}

function row(name: string, count: number): Row {
  return [name, String(count)];
}

function rowsByName(counts: ReadonlyMap<string, number>): Row[] {
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, count]) => row(`  ${printable(name)}`, count));
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function formatList(name: string, ids: readonly string[]): string {
  if (ids.length === 0) return '';
  const lines = ids.slice(0, MAX_LISTED).map((id) => `  ${printable(id)}`);
  if (ids.length > MAX_LISTED) lines.push(`  and ${ids.length - MAX_LISTED} more`);
  return `\n${name}:\n${lines.join('\n')}\n`;
}
