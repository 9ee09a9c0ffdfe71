import type { IndexedError, IndexedGroup } from './errorIndex.ts';

/** A group and the messages of it that were counted. */
export interface GroupCount {
  readonly group: IndexedGroup;
  /** The number of messages that are in the queue. */
  readonly count: number;
  /** The number of messages that are not in the queue any more. */
  readonly gone: number;
  /** The times of the oldest and the newest failure, in milliseconds since the epoch. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

/** Counts messages by group: the largest first, and among equal ones the newest failure first. */
export function countGroups(errors: readonly IndexedError[]): readonly GroupCount[] {
  const counts = new Map<IndexedGroup, Counted>();
  for (const { group, timeMs, gone } of errors) {
    let counted = counts.get(group);
    if (counted === undefined) {
      counted = { group, count: 0, gone: 0, firstMs: undefined, lastMs: undefined };
      counts.set(group, counted);
    }
    if (gone === undefined) counted.count++;
    else counted.gone++;
    if (timeMs === undefined) continue;
    counted.firstMs = Math.min(counted.firstMs ?? timeMs, timeMs);
    counted.lastMs = Math.max(counted.lastMs ?? timeMs, timeMs);
  }
  return [...counts.values()].toSorted(
    (a, b) => b.count - a.count || (b.lastMs ?? 0) - (a.lastMs ?? 0),
  );
}

type Counted = { -readonly [K in keyof GroupCount]: GroupCount[K] };
