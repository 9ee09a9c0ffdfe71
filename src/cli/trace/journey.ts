import { ATTRIBUTE } from './attributes.ts';
import type { TracedSpan } from './otlp.ts';
import { isHop, SpanGraph } from './spanGraph.ts';

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
  /** Number of traces. */
  readonly traces: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A hop, or a span that a runtime created during a hop. */
export interface Step {
  readonly span: TracedSpan;
  /** The time in the queue, from the publish to the delivery. */
  readonly wait: Interval | undefined;
  /** The calls to the runtime. */
  readonly calls: readonly Interval[];
  /** The reason that the step follows; undefined for the next hop of the route. */
  readonly via: 'retry' | 'replay' | 'stale' | 'fanout' | undefined;
  readonly next: readonly Step[];
}

export interface Interval {
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

function createJourney(id: string, hops: readonly TracedSpan[], graph: SpanGraph): Journey {
  // A loop, because a function accepts fewer arguments than a journey may have hops.
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const hop of hops) {
    startMs = Math.min(startMs, hop.startMs, graph.originOf(hop).publish?.startMs ?? hop.startMs);
    endMs = Math.max(endMs, hop.endMs);
  }
  const ends = endsOf(hops, graph);
  return {
    id,
    get roots() {
      return createSteps(hops, graph);
    },
    hops: hops.length,
    ends,
    actors: new Set(hops.map(({ attributes }) => String(attributes.get(ATTRIBUTE.actor)))),
    failed: ends.includes('error-end') || hops.some(isFailure),
    traces: new Set(hops.map(({ traceId }) => traceId)).size,
    startMs,
    endMs,
  };
}

/** A step whose `next` is not complete yet. */
interface Draft extends Step {
  next: readonly Step[];
  /** The spans whose children belong to a runtime: the calls of a hop, or the span itself. */
  readonly parents: readonly TracedSpan[];
}

type HopsByPrevious = ReadonlyMap<TracedSpan | undefined, readonly TracedSpan[]>;

/**
 * Creates all steps and returns the roots. A loop instead of a recursion, because a journey may be
 * deeper than the call stack.
 */
function createSteps(hops: readonly TracedSpan[], graph: SpanGraph): readonly Step[] {
  const hopsByPrevious = Map.groupBy(hops, (hop) => graph.originOf(hop).hop);
  const roots = (hopsByPrevious.get(undefined) ?? [])
    .map((hop) => draftHop(hop, graph))
    .toSorted(byStart);
  const open = [...roots];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const next = draftNext(step, hopsByPrevious, graph).toSorted(byStart);
    step.next = next;
    for (const draft of next) open.push(draft);
  }
  return roots;
}

function draftNext(
  { span, parents }: Draft,
  hopsByPrevious: HopsByPrevious,
  graph: SpanGraph,
): readonly Draft[] {
  const runtimeSpans = parents.flatMap((parent) =>
    graph.childrenOf(parent).filter((child) => !isHop(child)),
  );
  const hops = hopsByPrevious.get(span) ?? [];
  return [...runtimeSpans.map(draftRuntimeSpan), ...hops.map((hop) => draftHop(hop, graph))];
}

function draftHop(span: TracedSpan, graph: SpanGraph): Draft {
  const { publish, via } = graph.originOf(span);
  const calls = graph.childrenOf(span).filter(({ name }) => name.startsWith('call '));
  return { span, wait: waitOf(span, publish), calls, via: readVia(via), next: [], parents: calls };
}

function draftRuntimeSpan(span: TracedSpan): Draft {
  return { span, wait: undefined, calls: [], via: undefined, next: [], parents: [span] };
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

function readVia(via: string | undefined): Step['via'] {
  return via === 'retry' || via === 'replay' || via === 'stale' || via === 'fanout'
    ? via
    : undefined;
}

function waitOf(hop: TracedSpan, publish: TracedSpan | undefined): Interval | undefined {
  if (publish === undefined) return undefined;
  // The broker may deliver a message before it confirms the publish.
  return { startMs: Math.min(publish.endMs, hop.startMs), endMs: hop.startMs };
}

function byStart(a: Step, b: Step): number {
  return a.span.startMs - b.span.startMs;
}
