import type { HopLine } from '../../trace/log/hopLine.ts';
import type { Hop } from '../hops/contract.ts';
import { orderHops } from './hopOrder.ts';

/**
 * Describes the hops of a journey as their log lines do, so that the journey is found as in logs.
 * The record of a hop has no number of hops before it. The ids of fan-out children contain it;
 * between them, hops are counted.
 */
export function toHopLines(hops: readonly Hop[]): readonly HopLine[] {
  const lines = hops.map(toLine).filter((line) => Number.isFinite(line.startMs));
  const children = findChildren(lines);
  const byEnvelope = Map.groupBy(lines, ({ id }) => id);
  return [...byEnvelope].flatMap(([id, ofEnvelope]) =>
    countHops(orderHops(ofEnvelope), children.get(id)),
  );
}

function toLine(hop: Hop): HopLine {
  const { journey, id, actor, attempt, outcome, durationMs, runtimeMs, code, reason, next } = hop;
  const endMs = Date.parse(hop.time);
  return {
    journeyId: journey,
    id,
    hops: 0,
    actor,
    attempt,
    outcome,
    startMs: endMs - durationMs,
    endMs,
    waitMs: undefined,
    runtimeMs: runtimeMs > 0 ? runtimeMs : undefined,
    rateLimitMs: undefined,
    batchWaitMs: undefined,
    destination: next[0],
    dispatched: 1,
    code: outcome === 'give_back' ? undefined : code,
    message: undefined,
    reason,
    isReused: false,
    traceId: undefined,
  };
}

/** The children of an envelope, from their ids: `<parent's id>.<parent's hops>.<index>`. */
interface Children {
  /** The number of hops before the hop that created them. */
  readonly hops: number;
  readonly count: number;
}

const CHILD_ID = /^(.+)\.(\d{1,9})\.(\d{1,9})$/s;

function findChildren(lines: readonly HopLine[]): ReadonlyMap<string, Children> {
  const children = new Map<string, Children>();
  for (const { id } of lines) {
    const [, parent, hops, index] = CHILD_ID.exec(id) ?? [];
    if (parent === undefined) continue;
    const known = children.get(parent);
    children.set(parent, {
      hops: Math.min(known?.hops ?? Infinity, Number(hops)),
      // The first child keeps the id of the parent.
      count: Math.max(known?.count ?? 0, Number(index) + 1),
    });
  }
  return children;
}

/** @param lines the hops of one envelope, in order */
function countHops(lines: readonly HopLine[], children: Children | undefined): readonly HopLine[] {
  const [, , parentHops] = CHILD_ID.exec(lines[0]?.id ?? '') ?? [];
  const positions: number[] = [];
  let position = parentHops === undefined ? 0 : Number(parentHops) + 1;
  for (const { outcome } of lines) {
    positions.push(position);
    if (!STAYS.has(outcome)) position++;
  }
  const fanout = lines.findIndex(({ outcome }) => outcome === 'fanout');
  // The hops before the first one in memory are missing.
  const missing =
    children === undefined || fanout < 0
      ? 0
      : Math.max(0, children.hops - (positions[fanout] ?? 0));
  return lines.map((line, index) => ({
    ...line,
    hops: (positions[index] ?? 0) + missing,
    dispatched: index === fanout ? Math.max(MIN_CHILDREN, children?.count ?? 0) : 1,
  }));
}

/** A reply with one item is not a fan-out. */
const MIN_CHILDREN = 2;

/** The outcomes after which the envelope has the same number of hops. */
const STAYS: ReadonlySet<string> = new Set(['retry', 'give_back', 'forwarded']);
