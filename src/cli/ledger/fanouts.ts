/**
 * Who comes of whom. The id of a child tells its birth, `<parent's id>.<parent's hops>.<index>`,
 * and `x-asya-fanout` how many siblings it must have.
 */

/** `x-asya-fanout`, as far as it matters here. */
export interface FanoutMark {
  readonly of: string;
  readonly total: number;
  readonly hop: number;
}

/** What is known of one fan-out. */
export interface Fanout {
  readonly of: string;
  readonly hop: number;
  /** How many children there must be at least. */
  readonly width: number;
  /** A child has told the width; else it is only known that there are at least so many. */
  readonly isExact: boolean;
}

/** A child, or a log, tells how many there are. */
export function addFanout(fanouts: Map<string, Fanout>, { of, hop, total }: FanoutMark): void {
  const key = `${of}.${hop}`;
  const known = fanouts.get(key);
  // A runtime that was asked twice may have answered another number; only those of the smaller one
  // must all arrive.
  const width = known === undefined ? total : Math.min(known.width, total);
  fanouts.set(key, { of, hop, width, isExact: true });
}

/** The fan-outs that are told of, and those of which only the ids of their descendants do. */
export function inferFanouts(
  told: ReadonlyMap<string, Fanout>,
  arrivals: Iterable<string>,
  sent: ReadonlyMap<string, number>,
): ReadonlyMap<string, Fanout> {
  const ours = (id: string): boolean => sentAncestorOf(id, sent) !== undefined;
  const all = new Map([...told].filter(([, { of }]) => ours(of)));
  const ids = [...arrivals, ...[...all.values()].map(({ of }) => of)];
  for (const descendant of ids.filter(ours)) {
    for (const id of ancestryOf(descendant, sent).slice(0, -1)) {
      const birth = birthOf(id);
      if (birth !== undefined) noteBirth(all, birth);
    }
  }
  return all;
}

function noteBirth(fanouts: Map<string, Fanout>, { of, hop, index }: Birth): void {
  const key = `${of}.${hop}`;
  const known = fanouts.get(key);
  if (known?.isExact === true) return;
  fanouts.set(key, { of, hop, width: Math.max(index + 1, known?.width ?? 0), isExact: false });
}

/**
 * More fan-outs inside each other are not looked for: a producer may have made up an id that looks
 * like them.
 */
const MAX_GENERATIONS = 100;

/** The ids of a fan-out's children. */
export function childrenOf({ of, hop, width }: Fanout): string[] {
  return Array.from({ length: width }, (_, index) => (index === 0 ? of : `${of}.${hop}.${index}`));
}

const CHILD_ID = /^(?<of>.+)\.(?<hop>\d+)\.(?<index>[1-9]\d*)$/s;

/** The fan-out from which an id comes, should it be a child's. */
function birthOf(id: string): Birth | undefined {
  const { of, hop, index } = CHILD_ID.exec(id)?.groups ?? {};
  return of === undefined ? undefined : { of, hop: Number(hop), index: Number(index) };
}

interface Birth {
  readonly of: string;
  readonly hop: number;
  readonly index: number;
}

/** An id, its parent's, its grandparent's … up to one that was sent. */
export function ancestryOf(id: string, sent: ReadonlyMap<string, number>): string[] {
  const lineage = [id];
  for (let at = id; !sent.has(at) && lineage.length <= MAX_GENERATIONS;) {
    const birth = birthOf(at);
    if (birth === undefined) break;
    at = birth.of;
    lineage.push(at);
  }
  return lineage;
}

/** The envelope that was sent and from which this one comes; undefined when it is a stranger. */
export function sentAncestorOf(id: string, sent: ReadonlyMap<string, number>): string | undefined {
  const root = ancestryOf(id, sent).at(-1);
  return root !== undefined && sent.has(root) ? root : undefined;
}
