import type { ErrorIndex, IndexedError, IndexedGroup } from './errorIndex.ts';

/** Selects messages of an index. A message must match each condition that is set. */
export interface IndexFilter {
  readonly actor?: string;
  readonly code?: string;
  /** A part of the text that the index keeps, or of an id, in any case. */
  readonly text?: string;
  /** The id of an envelope or of a journey. */
  readonly id?: string;
  /** In milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** The key of a group. */
  readonly group?: string;
}

/** The messages that match, in the order of the queue. */
export function filterIndex(index: ErrorIndex, filter: IndexFilter): readonly IndexedError[] {
  const groups = matchingGroups(index, filter);
  const conditions = [
    ...(groups === undefined ? [] : [({ group }: IndexedError) => groups.has(group)]),
    ...textCondition(index, filter),
    ...idCondition(filter),
    ...timeCondition(filter),
  ];
  if (conditions.length === 0) return index.rows;
  return index.rows.filter((error) => conditions.every((condition) => condition(error)));
}

type Condition = (error: IndexedError) => boolean;

/** Undefined means every group. */
function matchingGroups(
  index: ErrorIndex,
  { actor, code, group }: IndexFilter,
): ReadonlySet<IndexedGroup> | undefined {
  if ([actor, code, group].every((value) => value === undefined)) return undefined;
  const matching = new Set<IndexedGroup>();
  for (const each of index.groups) {
    const isMatch =
      (actor === undefined || each.actor === actor) &&
      (code === undefined || each.code === code) &&
      (group === undefined || each.key === group);
    if (isMatch) matching.add(each);
  }
  return matching;
}

/** Each error text is searched once, whatever the number of its messages. */
function textCondition(index: ErrorIndex, { text }: IndexFilter): readonly Condition[] {
  if (text === undefined) return [];
  const part = text.toLowerCase();
  const contains = (value: string): boolean => value.toLowerCase().includes(part);
  const groups = new Set([...index.groups].filter((group) => contains(group.text)));
  return [({ group, id, journey }) => groups.has(group) || contains(id) || contains(journey)];
}

function idCondition({ id }: IndexFilter): readonly Condition[] {
  return id === undefined ? [] : [(error) => error.id === id || error.journey === id];
}

/** A message without any time matches no period. */
function timeCondition({ sinceMs, untilMs }: IndexFilter): readonly Condition[] {
  if (sinceMs === undefined && untilMs === undefined) return [];
  const from = sinceMs ?? Number.NEGATIVE_INFINITY;
  const to = untilMs ?? Number.POSITIVE_INFINITY;
  return [({ timeMs }) => timeMs !== undefined && timeMs >= from && timeMs < to];
}
