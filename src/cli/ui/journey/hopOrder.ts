import type { HopLine } from '../../trace/log/hopLine.ts';

/** Hops that may have changed places are at most this far apart. */
const WINDOW = 8;

/**
 * Puts the hops of one envelope in order. The time of a record is that of its writing, so that a
 * fast hop may seem to begin before the hop that sent its envelope. Among hops that are close to
 * each other, the destination of the hop before decides.
 */
export function orderHops(hops: readonly HopLine[]): readonly HopLine[] {
  const open = hops.toSorted((a, b) => a.startMs - b.startMs);
  const ordered: HopLine[] = [];
  for (let from = 0; from < open.length; from++) {
    const near = open.slice(from, from + WINDOW);
    const at = from + Math.max(0, indexOfNext(near, ordered.at(-1)));
    if (at > from) open.splice(from, 0, ...open.splice(at, 1));
    ordered.push(...open.slice(from, from + 1));
  }
  return ordered;
}

/** The hop that the last one sent its envelope to; else the first that no other one sent. */
function indexOfNext(near: readonly HopLine[], last: HopLine | undefined): number {
  const to = last && targetOf(last);
  const sent = near.findIndex(({ actor }) => actor === to);
  if (sent >= 0) return sent;
  return near.findIndex(
    (hop) => !near.some((other) => other !== hop && targetOf(other) === hop.actor),
  );
}

function targetOf({ outcome, actor, destination }: HopLine): string | undefined {
  return outcome === 'retry' || outcome === 'give_back' ? actor : destination;
}
