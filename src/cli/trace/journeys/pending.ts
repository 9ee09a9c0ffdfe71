import { ATTRIBUTE } from '../spans/attributes.ts';
import type { TracedSpan } from '../spans/otlp.ts';
import { publishedTo, type SpanGraph } from './spanGraph.ts';

/** An envelope that was sent to an actor, or given back, and of which no later hop was found. */
export interface Pending {
  readonly actor: string;
  readonly sinceMs: number;
  /** Whether it waits for another hop at the same actor. */
  readonly isRepeated: boolean;
  /** Number of envelopes. */
  readonly count: number;
}

/** The pending envelopes of a journey, by the hop that sent them or gave them back. */
export type PendingByHop = ReadonlyMap<TracedSpan, readonly Pending[]>;

export function findPending(hops: readonly TracedSpan[], graph: SpanGraph): PendingByHop {
  const hopsByPublish = Map.groupBy(hops, (hop) => graph.originOf(hop).publish);
  const entries = [
    ...hops.flatMap((hop) =>
      graph
        .publishesOf(hop)
        .filter((publish) => isWaiting(publish) && !hopsByPublish.has(publish))
        .map((publish) => [hop, pendingPublish(publish)] as const),
    ),
    ...givenBack(hopsByPublish),
  ];
  const byHop = Map.groupBy(entries, ([hop]) => hop);
  return new Map([...byHop].map(([hop, found]) => [hop, sumPending(found.map(([, it]) => it))]));
}

/** Adds up envelopes that wait for the same actor. `sinceMs` is the earliest time. */
export function sumPending(pending: readonly Pending[]): readonly Pending[] {
  const sums = new Map<string, Pending>();
  for (const it of pending) {
    const key = `${it.isRepeated} ${it.actor}`;
    const { count = 0, sinceMs = it.sinceMs } = sums.get(key) ?? {};
    const earliestMs = Math.min(sinceMs, it.sinceMs);
    sums.set(key, { ...it, count: count + it.count, sinceMs: earliestMs });
  }
  return [...sums.values()];
}

/** The kinds of publishes that a hop follows. An end may have no sidecar. */
const FOLLOWED: ReadonlySet<unknown> = new Set(['next', 'fanout', 'retry']);

/** A failed publish was not confirmed: its hop was repeated, or sent the envelope elsewhere. */
function isWaiting({ attributes, failed }: TracedSpan): boolean {
  return !failed && FOLLOWED.has(attributes.get(ATTRIBUTE.dispatchKind));
}

function pendingPublish(publish: TracedSpan): Pending {
  return {
    actor: publishedTo(publish),
    sinceMs: publish.endMs,
    isRepeated: publish.attributes.get(ATTRIBUTE.dispatchKind) === 'retry',
    // One span stands for several envelopes if it was created from a log line.
    count: Number(publish.attributes.get(ATTRIBUTE.fanoutSize) ?? 1),
  };
}

/** The last hops of messages that are in their queue again. */
function givenBack(
  hopsByPublish: ReadonlyMap<TracedSpan | undefined, readonly TracedSpan[]>,
): readonly (readonly [TracedSpan, Pending])[] {
  const deliveries = [...hopsByPublish].flatMap(([publish, hops]) =>
    publish === undefined ? [...Map.groupBy(hops, actorOf).values()] : [hops],
  );
  return deliveries.flatMap((hops) => {
    const last = hops.reduce((latest, hop) => (hop.startMs >= latest.startMs ? hop : latest));
    if (last.attributes.get(ATTRIBUTE.outcome) !== 'give_back') return [];
    const pending = { actor: actorOf(last), sinceMs: last.endMs, isRepeated: true, count: 1 };
    return [[last, pending] as const];
  });
}

function actorOf({ attributes }: TracedSpan): string {
  return String(attributes.get(ATTRIBUTE.actor));
}
