import { ATTRIBUTE } from '../spans/attributes.ts';
import type { TracedSpan } from '../spans/otlp.ts';
import { findPending, sumPending, type Pending } from './pending.ts';
import { isHop, SpanGraph } from './spanGraph.ts';
import { createSteps, type Step } from './steps.ts';

/** All hops of an envelope and of its fan-out children, from one or several traces. */
export interface Journey {
  readonly id: string;
  /** The hops that follow no other hop. Each access computes them: few journeys are drawn. */
  readonly roots: readonly Step[];
  /** Number of hops. */
  readonly hops: number;
  /** The ends that the journey was sent to or reached: `happy-end`, `error-end`. */
  readonly ends: readonly string[];
  /** The actors of its hops. */
  readonly actors: ReadonlySet<string>;
  /** Whether an envelope of it went to error-end. An attempt that was retried is not a failure. */
  readonly failed: boolean;
  /** The envelopes without a later hop, which may be in the files of another sidecar. */
  readonly pending: readonly Pending[];
  /** Number of traces. */
  readonly traces: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Finds the journeys in a collection of spans, ordered by their start. */
export function findJourneys(spans: readonly TracedSpan[]): Journey[] {
  const graph = new SpanGraph(spans);
  const byJourney = Map.groupBy(graph.spans.filter(isHop), (hop) =>
    hop.attributes.get(ATTRIBUTE.journeyId),
  );
  return [...byJourney]
    .map(([id, hops]) => createJourney(String(id), hops, graph))
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** Finds one journey in spans that may belong to several; undefined if no hop of it is there. */
export function findJourney(id: string, spans: readonly TracedSpan[]): Journey | undefined {
  const graph = new SpanGraph(spans);
  const hops = graph.spans.filter(
    (span) => isHop(span) && span.attributes.get(ATTRIBUTE.journeyId) === id,
  );
  return hops.length === 0 ? undefined : createJourney(id, hops, graph);
}

function createJourney(id: string, hops: readonly TracedSpan[], graph: SpanGraph): Journey {
  // A loop, because a function accepts fewer arguments than a journey may have hops.
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const hop of hops) {
    startMs = Math.min(startMs, hop.startMs, graph.originOf(hop).publish?.startMs ?? hop.startMs);
    endMs = Math.max(endMs, hop.endMs);
  }
  const ends = endsOf(hops, graph);
  const pending = findPending(hops, graph);
  return {
    id,
    get roots() {
      return createSteps(hops, graph, pending);
    },
    hops: hops.length,
    ends,
    actors: new Set(hops.map(({ attributes }) => String(attributes.get(ATTRIBUTE.actor)))),
    failed: ends.includes('error-end') || hops.some(isFailure),
    pending: sumPending([...pending.values()].flat()),
    traces: new Set(hops.map(({ traceId }) => traceId)).size,
    startMs,
    endMs,
  };
}

/** Includes the ends that an envelope was sent to, because an end may have no sidecar. */
function endsOf(hops: readonly TracedSpan[], graph: SpanGraph): string[] {
  const ends = hops.flatMap((hop) => [
    hop.attributes.get(ATTRIBUTE.end),
    ...graph
      .childrenOf(hop)
      .map(({ attributes }) => END_OF.get(String(attributes.get(ATTRIBUTE.dispatchKind)))),
  ]);
  return [...new Set(ends.filter((end) => end !== undefined).map(String))].toSorted();
}

/** By the kind of a dispatch. */
const END_OF: ReadonlyMap<string, string> = new Map([
  ['happy_end', 'happy-end'],
  ['error_end', 'error-end'],
]);

function isFailure({ attributes }: TracedSpan): boolean {
  return FAILURES.has(attributes.get(ATTRIBUTE.outcome));
}

/** The outcomes of a hop that sends its envelope to error-end or parks it. */
const FAILURES: ReadonlySet<unknown> = new Set(['error_end', 'retry_spent', 'parked']);
