/**
 * The family tree of envelopes. The id of a fan-out child names its parent,
 * `<parent's id>.<parent's hops>.<index>`, and the header `x-asya-fanout` gives the number of
 * siblings.
 */

/** The members of `x-asya-fanout` that the ledger needs. */
export interface FanoutMark {
  /** The id of the parent. */
  readonly of: string;
  /** The number of children. */
  readonly total: number;
  /** The hops of the parent. */
  readonly hop: number;
}

/** A fan-out, as far as it is known. */
export interface Fanout {
  readonly of: string;
  readonly hop: number;
  /** The number of children; a lower bound unless `isExact`. */
  readonly width: number;
  /** Whether a child or a log reported the width. */
  readonly isExact: boolean;
}

/** Adds a fan-out whose width a child or a log reports. */
export function addFanout(fanouts: Map<string, Fanout>, { of, hop, total }: FanoutMark): void {
  const key = `${of}.${hop}`;
  const known = fanouts.get(key);
  // A runtime that was called twice may have returned different numbers of items. Only the children
  // of the narrower fan-out must all arrive.
  const width = known === undefined ? total : Math.min(known.width, total);
  fanouts.set(key, { of, hop, width, isExact: true });
}

/**
 * Completes the reported fan-outs with those that only the ids of their descendants show. Fan-outs
 * of envelopes that were never sent are left out.
 */
export function inferFanouts(
  reported: ReadonlyMap<string, Fanout>,
  arrivals: Iterable<string>,
  sent: ReadonlyMap<string, number>,
): ReadonlyMap<string, Fanout> {
  const isOurs = (id: string): boolean => sentAncestorOf(id, sent) !== undefined;
  const fanouts = new Map([...reported].filter(([, { of }]) => isOurs(of)));
  const ids = [...arrivals, ...[...fanouts.values()].map(({ of }) => of)];
  for (const descendant of ids.filter(isOurs)) {
    for (const id of ancestryOf(descendant, sent).slice(0, -1)) {
      const child = parseChildId(id);
      if (child !== undefined) widenFanout(fanouts, child);
    }
  }
  return fanouts;
}

function widenFanout(fanouts: Map<string, Fanout>, { of, hop, index }: ChildId): void {
  const key = `${of}.${hop}`;
  const known = fanouts.get(key);
  if (known?.isExact === true) return;
  fanouts.set(key, { of, hop, width: Math.max(index + 1, known?.width ?? 0), isExact: false });
}

/** The ids of a fan-out's children. The first child keeps the parent's id. */
export function childrenOf({ of, hop, width }: Fanout): string[] {
  return Array.from({ length: width }, (_, index) => (index === 0 ? of : `${of}.${hop}.${index}`));
}

interface ChildId {
  readonly of: string;
  readonly hop: number;
  readonly index: number;
}

const CHILD_ID = /^(?<of>.+)\.(?<hop>\d+)\.(?<index>[1-9]\d*)$/s;

/** Undefined when the id does not have the form of a child's id. */
function parseChildId(id: string): ChildId | undefined {
  const { of, hop, index } = CHILD_ID.exec(id)?.groups ?? {};
  return of === undefined ? undefined : { of, hop: Number(hop), index: Number(index) };
}

/** Bounds the search for ancestors, because a producer can write any id. */
const MAX_GENERATIONS = 100;

/** An id, its parent's, its grandparent's … up to the first one that was sent. */
export function ancestryOf(id: string, sent: ReadonlyMap<string, number>): string[] {
  const ancestry = [id];
  for (let at = id; !sent.has(at) && ancestry.length <= MAX_GENERATIONS;) {
    const child = parseChildId(at);
    if (child === undefined) break;
    at = child.of;
    ancestry.push(at);
  }
  return ancestry;
}

/** The envelope that was sent and that an id descends from; undefined when there is none. */
export function sentAncestorOf(id: string, sent: ReadonlyMap<string, number>): string | undefined {
  const oldest = ancestryOf(id, sent).at(-1);
  return oldest !== undefined && sent.has(oldest) ? oldest : undefined;
}
