import { ASYA } from '../attributes.ts';
import type { TracedSpan } from './otlp.ts';

/** Everything that happened to an envelope and its fan-out children, in however many traces it lies. */
export interface Journey {
  readonly id: string;
  /** Hops that come from no other, and what lies below them. */
  readonly roots: readonly Step[];
  readonly hops: number;
  /** The ends that it has been sent to so far, or has reached, each once: `happy-end`, `error-end`. */
  readonly ends: readonly string[];
  readonly traces: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** One hop, or a span of somebody else's below it. */
export interface Step {
  readonly span: TracedSpan;
  /** From the publish that led here to the delivery: time in the queue. */
  readonly wait: Interval | undefined;
  /** The calls to the runtime. */
  readonly calls: readonly Interval[];
  /** How it is not simply the next hop: another attempt, or a trace of its own. */
  readonly via: 'retry' | 'replay' | 'stale' | 'fanout' | undefined;
  readonly next: readonly Step[];
}

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** The journeys in a heap of spans, the one that began first in front. */
export function findJourneys(spans: readonly TracedSpan[]): Journey[] {
  const graph = createGraph(spans);
  const byJourney = Map.groupBy(graph.spans.filter(isHop), (hop) => hop.attributes.get(ASYA.journeyId));
  return [...byJourney]
    .map(([id, hops]) => journeyOf(String(id), hops, graph))
    .toSorted((a, b) => a.startMs - b.startMs);
}

function journeyOf(id: string, hops: readonly TracedSpan[], graph: Graph): Journey {
  const origins = new Map(hops.map((hop) => [hop, originOf(hop, graph)]));
  const stepsFrom = (parent: TracedSpan | undefined): Step[] =>
    [...origins].filter(([, { hop }]) => hop === parent).map(([hop, origin]) => stepOf(hop, origin));
  const stepOf = (span: TracedSpan, { publish, via }: Origin): Step => {
    const calls = graph.childrenOf(span).filter(({ name }) => name.startsWith('call '));
    const inside = calls.flatMap((call) => foreignSteps(call, graph));
    return {
      span,
      wait: waitOf(span, publish),
      calls,
      via,
      next: [...inside, ...stepsFrom(span)].toSorted(byStart),
    };
  };
  return {
    id,
    roots: stepsFrom(undefined).toSorted(byStart),
    hops: hops.length,
    ends: endsOf(hops, graph),
    traces: new Set(hops.map(({ traceId }) => traceId)).size,
    startMs: Math.min(...hops.map((hop) => startOf(hop, origins.get(hop)))),
    endMs: Math.max(...hops.map(({ endMs }) => endMs)),
  };
}

/** An end may have no sidecar, so that what was sent there counts as well. */
function endsOf(hops: readonly TracedSpan[], graph: Graph): string[] {
  const ends = hops.flatMap((hop) => [
    hop.attributes.get(ASYA.end),
    ...graph.childrenOf(hop).map(({ attributes }) => END_OF.get(String(attributes.get(ASYA.dispatchKind)))),
  ]);
  return [...new Set(ends.filter((end) => end !== undefined).map(String))].toSorted();
}

const END_OF: ReadonlyMap<string, string> = new Map([
  ['happy_end', 'happy-end'],
  ['error_end', 'error-end'],
]);

/** A span that a runtime made of a call, and those below it. */
function foreignSteps(parent: TracedSpan, graph: Graph): Step[] {
  return graph
    .childrenOf(parent)
    .map((span) => ({ span, wait: undefined, calls: [], via: undefined, next: foreignSteps(span, graph) }));
}

// ── what led to what ─────────────────────────────────────────────────────────────────────────────────────

interface Graph {
  /** Each once, however many files have it. */
  readonly spans: readonly TracedSpan[];
  childrenOf(span: TracedSpan): readonly TracedSpan[];
  /** Its parent, or what the trace that it begins is linked to. */
  causeOf(span: TracedSpan): { readonly span: TracedSpan; readonly via: string | undefined } | undefined;
}

function createGraph(spans: readonly TracedSpan[]): Graph {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const byParent = Map.groupBy(byId.values(), ({ parentSpanId }) => parentSpanId);
  return {
    spans: [...byId.values()],
    childrenOf: ({ spanId }) => byParent.get(spanId) ?? [],
    causeOf({ parentSpanId, links }) {
      const parent = byId.get(parentSpanId ?? '');
      if (parent !== undefined) return { span: parent, via: undefined };
      const link = links.find(({ spanId, reason }) => reason !== undefined && byId.has(spanId));
      const linked = byId.get(link?.spanId ?? '');
      return linked === undefined ? undefined : { span: linked, via: link?.reason };
    },
  };
}

/** How a hop came about: the hop that sent the envelope, and the publish in between. */
interface Origin {
  readonly hop: TracedSpan | undefined;
  readonly publish: TracedSpan | undefined;
  readonly via: Step['via'];
}

function originOf(hop: TracedSpan, graph: Graph): Origin {
  let publish: TracedSpan | undefined;
  let via: string | undefined;
  // Broken files may go in circles.
  const seen = new Set([hop]);
  for (let cause = graph.causeOf(hop); cause !== undefined; cause = graph.causeOf(cause.span)) {
    const { span } = cause;
    via ??= cause.via;
    if (isHop(span)) return { hop: span, publish, via: asVia(via) };
    if (seen.has(span)) break;
    seen.add(span);
    if (!span.name.startsWith('publish ')) continue;
    publish ??= span;
    if (span.attributes.get(ASYA.dispatchKind) === 'retry') via ??= 'retry';
  }
  return { hop: undefined, publish, via: asVia(via) };
}

function isHop({ name, attributes }: TracedSpan): boolean {
  return name.startsWith('process ') && attributes.has(ASYA.journeyId);
}

function asVia(via: string | undefined): Step['via'] {
  return via === 'retry' || via === 'replay' || via === 'stale' || via === 'fanout' ? via : undefined;
}

function waitOf(hop: TracedSpan, publish: TracedSpan | undefined): Interval | undefined {
  if (publish === undefined) return undefined;
  // The broker may deliver before it confirms.
  return { startMs: Math.min(publish.endMs, hop.startMs), endMs: hop.startMs };
}

function startOf(hop: TracedSpan, origin: Origin | undefined): number {
  return Math.min(hop.startMs, origin?.publish?.startMs ?? hop.startMs);
}

function byStart(a: Step, b: Step): number {
  return a.span.startMs - b.span.startMs;
}
