import { printable } from '../terminal/printable.ts';
import type { Reconciliation } from './reconcile.ts';

const MAX_LISTED = 20;

/** The books as a table for people, and under it what is not in balance. */
export function formatReconciliation(account: Reconciliation): string {
  const rows = [
    row('sent', account.sent),
    row('happy-end', account.happy),
    row('error-end', sum(account.errors)),
    ...byName(account.errors),
    row('fan-out: children expected', account.fanout.expected),
    row('fan-out: children received', account.fanout.received),
    ...(account.fanoutsOfUnknownWidth === 0
      ? []
      : [row('fan-outs of unknown width', account.fanoutsOfUnknownWidth)]),
    row('lost', account.lost.length),
    row('stuck', account.stuck.length),
    row('duplicates', sum(account.explained) + account.unexplained.length),
    ...byName(account.explained),
    row('  unexplained', account.unexplained.length),
    row('strangers', account.strangers.length),
  ];
  const lists = [
    list('lost', account.lost),
    list('stuck', account.stuck),
    list('unexplained duplicates', account.unexplained),
    list('strangers', account.strangers),
  ];
  return [...rows, ...lists.filter((text) => text !== ''), ''].join('\n');
}

function row(name: string, count: number): string {
  return `${name.padEnd(32)}${String(count).padStart(10)}`;
}

function byName(counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, count]) => row(`  ${printable(name)}`, count));
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function list(name: string, ids: readonly string[]): string {
  if (ids.length === 0) return '';
  const more = ids.length > MAX_LISTED ? [`  and ${ids.length - MAX_LISTED} more`] : [];
  return [
    '',
    `${name}:`,
    ...ids.slice(0, MAX_LISTED).map((id) => `  ${printable(id)}`),
    ...more,
  ].join('\n');
}
