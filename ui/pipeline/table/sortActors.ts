import { failedRate, levelOf, type ActorState } from '../state/actorState.ts';

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

/** Sorts by a column, and equal actors by their names. Actors without a number come last. */
export function sortActors(
  states: readonly ActorState[],
  { column, isDescending }: SortOrder,
): readonly ActorState[] {
  const sign = isDescending ? -1 : 1;
  if (column === 'name') return states.toSorted((a, b) => sign * compareNames(a, b));
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
  Record<Exclude<SortColumn, 'name'>, (state: ActorState) => number | undefined>
> = {
  trouble: (state) => SEVERITY[levelOf(state) ?? 'none'],
  waiting: ({ actor }) => (actor.queue?.exists === true ? actor.queue.ready : undefined),
  retry: ({ actor }) => actor.queue?.retry,
  parked: ({ actor }) => actor.queue?.parked,
  hops: ({ actor }) => actor.rates?.hops,
  failed: ({ actor }) => failedRate(actor),
  queue: ({ actor }) => actor.times?.queueP95,
  runtime: ({ actor }) => actor.times?.runtimeP95,
};

const SEVERITY = { failure: 2, warning: 1, none: 0 };

const { compare } = new Intl.Collator('en', { numeric: true });

function compareNames(a: ActorState, b: ActorState): number {
  return compare(a.actor.name, b.actor.name);
}
