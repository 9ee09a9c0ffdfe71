import { ATTRIBUTE } from './attributes.ts';
import type { TracedSpan } from './otlp.ts';

/**
 * Everything that happened to an envelope and its fan-out children, in however many traces it lies.
 */
export interface Journey {
  readonly id: string;
  /** Hops that come from no other, and what lies below them. */
  readonly roots: readonly Step[];
  readonly hops: number;
  /**
   * The ends that it has been sent to so far, or has reached, each once: `happy-end`, `error-end`.
   */
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

/** The journeys in a collection of spans, the one that began first in front. */
export function findJourneys(spans: readonly TracedSpan[]): Journey[] {
  const graph = createGraph(spans);
  const byJourney = Map.groupBy(graph.spans.filter(isHop), (hop) =>
    hop.attributes.get(ATTRIBUTE.journeyId),
  );
  return [...byJourney]
    .map(([id, hops]) => journeyOf(String(id), hops, graph))
    .toSorted((a, b) => a.startMs - b.startMs);
}

function journeyOf(id: string, hops: readonly TracedSpan[], graph: Graph): Journey {
  const following = Map.groupBy(hops, (hop) => graph.originOf(hop).hop);
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const hop of hops) {
    startMs = Math.min(startMs, hop.startMs, graph.originOf(hop).publish?.startMs ?? hop.startMs);
    endMs = Math.max(endMs, hop.endMs);
  }
  return {
    id,
    roots: stepsFrom(following, graph),
    hops: hops.length,
    ends: endsOf(hops, graph),
    traces: new Set(hops.map(({ traceId }) => traceId)).size,
    startMs,
    endMs,
  };
}

/** A step whose `next` is not complete yet. */
interface Draft extends Step {
  next: readonly Step[];
  /** Spans whose children belong to a runtime: the calls of a hop, or the span itself. */
  readonly above: readonly TracedSpan[];
}

/**
 * The steps that come from no other, with everything below them. A journey may be deeper than the
 * stack, so that the steps are made one after the other.
 * @param following the hops by the hop that led to them
 */
function stepsFrom(following: Following, graph: Graph): readonly Step[] {
  const roots = (following.get(undefined) ?? [])
    .map((hop) => draftOfHop(hop, graph))
    .toSorted(byStart);
  const open = [...roots];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const below = draftsBelow(step, following, graph).toSorted(byStart);
    step.next = below;
    for (const draft of below) open.push(draft);
  }
  return roots;
}

type Following = ReadonlyMap<TracedSpan | undefined, readonly TracedSpan[]>;

function draftsBelow({ span, above }: Draft, following: Following, graph: Graph): readonly Draft[] {
  const foreign = above.flatMap((parent) =>
    graph.childrenOf(parent).filter((child) => !isHop(child)),
  );
  const hops = following.get(span) ?? [];
  return [...foreign.map(draftOfForeign), ...hops.map((hop) => draftOfHop(hop, graph))];
}

function draftOfHop(span: TracedSpan, graph: Graph): Draft {
  const { publish, via } = graph.originOf(span);
  const calls = graph.childrenOf(span).filter(({ name }) => name.startsWith('call '));
  return { span, wait: waitOf(span, publish), calls, via: asVia(via), next: [], above: calls };
}

/** A span that a runtime made of a call, or below another such span. */
function draftOfForeign(span: TracedSpan): Draft {
  return { span, wait: undefined, calls: [], via: undefined, next: [], above: [span] };
}

/** An end may have no sidecar, so that what was sent there counts as well. */
function endsOf(hops: readonly TracedSpan[], graph: Graph): string[] {
  const ends = hops.flatMap((hop) => [
    hop.attributes.get(ATTRIBUTE.end),
    ...graph
      .childrenOf(hop)
      .map(({ attributes }) => END_OF.get(String(attributes.get(ATTRIBUTE.dispatchKind)))),
  ]);
  return [...new Set(ends.filter((end) => end !== undefined).map(String))].toSorted();
}

const END_OF: ReadonlyMap<string, string> = new Map([
  ['happy_end', 'happy-end'],
  ['error_end', 'error-end'],
]);

// ── what led to what
// ─────────────────────────────────────────────────────────────────────────────────────

interface Graph {
  /** Each once, however many files have it. */
  readonly spans: readonly TracedSpan[];
  childrenOf(span: TracedSpan): readonly TracedSpan[];
  originOf(span: TracedSpan): Origin;
}

function createGraph(spans: readonly TracedSpan[]): Graph {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const byParent = Map.groupBy(byId.values(), ({ parentSpanId }) => parentSpanId);
  return {
    spans: [...byId.values()],
    childrenOf: ({ spanId }) => byParent.get(spanId) ?? [],
    originOf: createOrigins(byId),
  };
}

/** How a hop came about: the hop that sent the envelope, and the publish in between. */
interface Origin {
  readonly hop: TracedSpan | undefined;
  readonly publish: TracedSpan | undefined;
  readonly via: string | undefined;
}

const NO_ORIGIN: Origin = { hop: undefined, publish: undefined, via: undefined };

/** Its parent, or what the trace that it begins is linked to. */
interface Cause {
  readonly span: TracedSpan;
  readonly via: string | undefined;
}

/**
 * Finds the origins of spans; each span on the way to a hop is visited once for all that come from
 * it.
 */
function createOrigins(byId: ReadonlyMap<string, TracedSpan>): Graph['originOf'] {
  const known = new Map<TracedSpan, Origin>();

  return (span) => {
    const path: { readonly span: TracedSpan; readonly cause: Cause }[] = [];
    let at = span;
    while (!known.has(at)) {
      // Broken files may go in circles, which end here.
      known.set(at, NO_ORIGIN);
      const cause = causeOf(at, byId);
      if (cause === undefined) break;
      path.push({ span: at, cause });
      if (isHop(cause.span)) break;
      at = cause.span;
    }
    for (const step of path.toReversed()) {
      known.set(step.span, originBy(step.cause, known.get(step.cause.span) ?? NO_ORIGIN));
    }
    return known.get(span) ?? NO_ORIGIN;
  };
}

function causeOf(
  { parentSpanId, links }: TracedSpan,
  byId: ReadonlyMap<string, TracedSpan>,
): Cause | undefined {
  const parent = byId.get(parentSpanId ?? '');
  if (parent !== undefined) return { span: parent, via: undefined };
  const link = links.find(({ spanId, reason }) => reason !== undefined && byId.has(spanId));
  const linked = byId.get(link?.spanId ?? '');
  return linked === undefined ? undefined : { span: linked, via: link?.reason };
}

/** @param origin that of the cause, which counts unless the cause is a hop */
function originBy({ span, via }: Cause, origin: Origin): Origin {
  if (isHop(span)) return { hop: span, publish: undefined, via };
  if (!span.name.startsWith('publish ')) return { ...origin, via: via ?? origin.via };
  const isRetry = span.attributes.get(ATTRIBUTE.dispatchKind) === 'retry';
  return { hop: origin.hop, publish: span, via: via ?? (isRetry ? 'retry' : origin.via) };
}

function isHop({ name, attributes }: TracedSpan): boolean {
  return name.startsWith('process ') && attributes.has(ATTRIBUTE.journeyId);
}

function asVia(via: string | undefined): Step['via'] {
  return via === 'retry' || via === 'replay' || via === 'stale' || via === 'fanout'
    ? via
    : undefined;
}

function waitOf(hop: TracedSpan, publish: TracedSpan | undefined): Interval | undefined {
  if (publish === undefined) return undefined;
  // The broker may deliver before it confirms.
  return { startMs: Math.min(publish.endMs, hop.startMs), endMs: hop.startMs };
}

function byStart(a: Step, b: Step): number {
  return a.span.startMs - b.span.startMs;
}
