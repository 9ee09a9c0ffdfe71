import { SECOND } from '../../../units.ts';
import { ATTRIBUTE } from '../spans/attributes.ts';
import type { TracedSpan } from '../spans/otlp.ts';
import type { Pending, PendingByHop } from './pending.ts';
import { isHop, type SpanGraph } from './spanGraph.ts';

/** A hop, or a span that a runtime created during a hop. */
export interface Step {
  readonly span: TracedSpan;
  /** The time in the queue, from the publish to the delivery. */
  readonly wait: Interval | undefined;
  /** The calls to the runtime. */
  readonly calls: readonly Interval[];
  /** The wait for a batch and a slot, a part of the hop. */
  readonly gathered: Interval | undefined;
  /** The wait for the rate limit, a part of the hop. */
  readonly limited: Interval | undefined;
  /** The error of the hop, or of its call. */
  readonly message: string | undefined;
  /** The index of a child in its fan-out, from 0, as at the end of its id. */
  readonly fanoutIndex: number | undefined;
  /** The envelopes that it sent or gave back, and that no hop follows. */
  readonly pending: readonly Pending[];
  /** The reason that the step follows; undefined for the next hop of the route. */
  readonly via: 'retry' | 'replay' | 'stale' | 'fanout' | undefined;
  readonly next: readonly Step[];
}

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Creates all steps and returns the roots. A loop instead of a recursion, because a journey may be
 * deeper than the call stack.
 */
export function createSteps(
  hops: readonly TracedSpan[],
  graph: SpanGraph,
  pending: PendingByHop,
): readonly Step[] {
  const draft = (hop: TracedSpan): Draft => draftHop(hop, graph, pending.get(hop));
  const hopsByPrevious = Map.groupBy(hops, (hop) => graph.originOf(hop).hop);
  const roots = (hopsByPrevious.get(undefined) ?? []).map(draft).toSorted(byStart);
  const open = [...roots];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const next = draftNext(step, hopsByPrevious, { graph, draft }).toSorted(byStart);
    step.next = next;
    for (const draft of next) open.push(draft);
  }
  return roots;
}

/** A step whose `next` is not complete yet. */
interface Draft extends Step {
  next: readonly Step[];
  /**
   * The spans whose children belong to a runtime: the calls of a hop and their batches, or the span
   * itself.
   */
  readonly parents: readonly TracedSpan[];
}

type HopsByPrevious = ReadonlyMap<TracedSpan | undefined, readonly TracedSpan[]>;

function draftNext(
  { span, parents }: Draft,
  hopsByPrevious: HopsByPrevious,
  { graph, draft }: { readonly graph: SpanGraph; readonly draft: (hop: TracedSpan) => Draft },
): readonly Draft[] {
  const runtimeSpans = parents.flatMap((parent) =>
    graph.childrenOf(parent).filter((child) => !isHop(child)),
  );
  const hops = hopsByPrevious.get(span) ?? [];
  return [...runtimeSpans.map(draftRuntimeSpan), ...hops.map(draft)];
}

function draftHop(span: TracedSpan, graph: SpanGraph, pending: readonly Pending[] = []): Draft {
  const { hop, publish, via } = graph.originOf(span);
  const calls = graph.childrenOf(span).filter(({ name }) => name.startsWith('call '));
  return {
    span,
    wait: waitOf(span, publish),
    calls: calls.filter(hasReachedRuntime),
    ...waitsForCall(span, calls),
    message: span.message ?? calls.find(({ failed }) => failed)?.message,
    via: readVia(via),
    fanoutIndex: via === undefined || via === 'fanout' ? fanoutIndexOf(span, hop) : undefined,
    pending,
    next: [],
    // The spans of a runtime that was called with a batch are in the trace of the batch.
    parents: [...calls, ...calls.flatMap((call) => graph.linkedTo(call))],
  };
}

function hasReachedRuntime({ attributes }: TracedSpan): boolean {
  return attributes.get(ATTRIBUTE.errorType) !== 'runtime_absent';
}

const NO_HOP = {
  wait: undefined,
  calls: [],
  gathered: undefined,
  limited: undefined,
  via: undefined,
  fanoutIndex: undefined,
  pending: [],
} as const;

function draftRuntimeSpan(span: TracedSpan): Draft {
  return { ...NO_HOP, span, message: span.message, next: [], parents: [span] };
}

/** The first child keeps the id of the envelope; the ids of the others end with their indices. */
function fanoutIndexOf(hop: TracedSpan, previous: TracedSpan | undefined): number | undefined {
  if (previous?.attributes.get(ATTRIBUTE.outcome) !== 'fanout') return undefined;
  const id = envelopeIdOf(hop);
  if (id === envelopeIdOf(previous)) return 0;
  const [, index] = /\.(\d+)$/.exec(id) ?? [];
  return index === undefined ? undefined : Number(index);
}

function envelopeIdOf({ attributes }: TracedSpan): string {
  return String(attributes.get(ATTRIBUTE.envelopeId) ?? attributes.get(ATTRIBUTE.journeyId));
}

/**
 * The waits before the call: for its batch, then for the rate limit. The last one ends when the
 * call begins. Without a call, the first one begins with the hop.
 */
function waitsForCall(
  hop: TracedSpan,
  [call]: readonly TracedSpan[],
): Pick<Step, 'gathered' | 'limited'> {
  const gatheredMs = millisecondsOf(hop, ATTRIBUTE.batchWait);
  const limitedMs = millisecondsOf(hop, ATTRIBUTE.rateLimitWait);
  const beforeCallMs = call === undefined ? 0 : call.startMs - gatheredMs - limitedMs;
  const startMs = Math.max(hop.startMs, beforeCallMs);
  return {
    gathered: intervalIn(hop, startMs, gatheredMs),
    limited: intervalIn(hop, startMs + gatheredMs, limitedMs),
  };
}

/** The value of an attribute in seconds; 0 if it is missing. */
function millisecondsOf({ attributes }: TracedSpan, name: string): number {
  const ms = Number(attributes.get(name) ?? 0) * SECOND;
  return ms > 0 ? ms : 0;
}

function intervalIn(hop: TracedSpan, startMs: number, durationMs: number): Interval | undefined {
  if (durationMs === 0) return undefined;
  return { startMs, endMs: Math.min(hop.endMs, startMs + durationMs) };
}

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
