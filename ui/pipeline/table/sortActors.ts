import { failedRate, levelOf, type ActorState } from '../state/actorState.ts';
import { failedShare } from '../state/troubles.ts';

/** The columns of the table, in their order. */
const SORT_COLUMNS = [
  'name',
  'trouble',
  'waiting',
  'retry',
  'parked',
  'hops',
  'failed',
  'queue',
  'runtime',
] as const;

export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface SortOrder {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

export function isSortColumn(text: string): text is SortColumn {
  return SORT_COLUMNS.some((column) => column === text);
}

/**
 * Sorts by a column, and equal actors by their names. Actors without a number come last. States are
 * sorted by their level, then by the growth of the queue, then by the share of failed attempts.
 */
export function sortActors(
  states: readonly ActorState[],
  { column, isDescending }: SortOrder,
): readonly ActorState[] {
  const sign = isDescending ? -1 : 1;
  if (column === 'name') return states.toSorted((a, b) => sign * compareNames(a, b));
  if (column === 'trouble')
    return states.toSorted((a, b) => sign * compareTroubles(a, b) || compareNames(a, b));
  const value = NUMBERS[column];
  return states.toSorted((a, b) => {
    const left = value(a);
    const right = value(b);
    if (left === right) return compareNames(a, b);
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    return sign * (left - right);
  });
}

/** The order after a click on the heading of a column: the largest numbers first, then reversed. */
export function nextOrder(current: SortOrder, column: SortColumn): SortOrder {
  if (column === current.column) return { column, isDescending: !current.isDescending };
  return { column, isDescending: column !== 'name' };
}

/** The number that a column shows; undefined if it is not known. */
export const NUMBERS: Readonly<
  Record<Exclude<SortColumn, 'name' | 'trouble'>, (state: ActorState) => number | undefined>
> = {
  waiting: ({ actor }) => (actor.queue?.exists === true ? actor.queue.ready : undefined),
  retry: ({ actor }) => actor.queue?.retry,
  parked: ({ actor }) => actor.queue?.parked,
  hops: ({ actor }) => actor.rates?.hops,
  failed: ({ actor }) => failedRate(actor),
  queue: ({ actor }) => actor.times?.queueP95,
  runtime: ({ actor }) => actor.times?.runtimeP95,
};

const SEVERITY = { failure: 2, warning: 1, none: 0 };

function compareTroubles(a: ActorState, b: ActorState): number {
  const [left, right] = [badness(a), badness(b)];
  const differing = left.findIndex((value, index) => value !== right[index]);
  return (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** The numbers that decide which of two actors is worse, the first one first. */
function badness(state: ActorState): readonly number[] {
  const { growthPerMinute = 0, actor } = state;
  const share = actor.rates === undefined ? 0 : failedShare(actor.rates) || 0;
  return [SEVERITY[levelOf(state) ?? 'none'], growthPerMinute, share];
}

const { compare } = new Intl.Collator('en', { numeric: true });

function compareNames(a: ActorState, b: ActorState): number {
  return compare(a.actor.name, b.actor.name);
}
