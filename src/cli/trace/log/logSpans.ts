import { SECOND } from '../../../units.ts';
import { ATTRIBUTE } from '../spans/attributes.ts';
import type { AttributeValue, TracedSpan } from '../spans/otlp.ts';
import type { HopLine } from './hopLine.ts';
import { HopOrigins, type HopOrigin } from './hopOrigins.ts';

/** The names of the ends, by which the hops of ends and the publishes to ends are recognised. */
export interface EndNames {
  readonly happyEnd: string;
  readonly errorEnd: string;
}

/**
 * Creates the spans that a journey is drawn from: of each hop, its call to the runtime, the publish
 * before it, and a publish to an end.
 */
export function createLogSpans(hops: readonly HopLine[], ends: EndNames): TracedSpan[] {
  const origins = new HopOrigins(hops);
  const ids = new Map(hops.map((hop, index) => [hop, `hop ${index}`]));
  const followers = new Followers();
  const spans = hops.flatMap((hop) => {
    const id = ids.get(hop) ?? '';
    const origin = origins.originOf(hop);
    if (origin !== undefined) followers.add(origin, hop);
    const publish = publishBefore(hop, origin, origin && ids.get(origin.hop));
    return [
      ...publish,
      hopSpan(hop, id, publish[0]?.spanId, { isReplay: origin?.via === 'replay', ends }),
      ...callSpan(hop, id),
      ...publishToEnd(hop, id, ends),
    ];
  });
  const open = hops.flatMap((hop) => openPublish(hop, ids.get(hop) ?? '', followers, ends));
  return [...spans, ...open];
}

function hopSpan(
  hop: HopLine,
  spanId: string,
  publishId: string | undefined,
  { isReplay, ends }: { readonly isReplay: boolean; readonly ends: EndNames },
): TracedSpan {
  const { actor, attempt, outcome, code, journeyId, startMs, endMs } = hop;
  const attributes: readonly Attribute[] = [
    [ATTRIBUTE.journeyId, journeyId],
    [ATTRIBUTE.actor, actor],
    [ATTRIBUTE.attempt, attempt],
    [ATTRIBUTE.outcome, outcome],
    [ATTRIBUTE.envelopeId, hop.id],
    ...attribute(ATTRIBUTE.errorType, code),
    ...attribute(ATTRIBUTE.outcomeReason, hop.reason),
    ...attribute(ATTRIBUTE.rateLimitWait, hop.rateLimitMs && hop.rateLimitMs / SECOND),
    ...attribute(ATTRIBUTE.batchWait, hop.batchWaitMs && hop.batchWaitMs / SECOND),
    ...attribute(ATTRIBUTE.end, outcome === 'end' ? endOf(actor, ends) : undefined),
  ];
  const parentSpanId = isReplay ? undefined : publishId;
  const span = { spanId, parentSpanId, name: `process ${actor}`, startMs, endMs, attributes };
  return {
    ...spanOf(hop, span),
    links: isReplay && publishId !== undefined ? [{ spanId: publishId, reason: 'replay' }] : [],
    failed: code !== undefined,
    message: hop.message,
  };
}

/** An actor with another name is an end by `ASYA_IS_END_ACTOR`, and completes a journey. */
function endOf(actor: string, { errorEnd }: EndNames): string {
  return actor === errorEnd ? 'error-end' : 'happy-end';
}

/**
 * The publish ends when the time in the queue begins. The delay of a retry is a part of it. The
 * deliveries of one message have the same publish.
 */
function publishBefore(
  hop: HopLine,
  origin: HopOrigin | undefined,
  parentSpanId: string | undefined,
): readonly TracedSpan[] {
  if (origin === undefined && hop.waitMs === undefined) return [];
  const queuedMs = origin?.via === 'retry' ? origin.hop.endMs : hop.startMs - (hop.waitMs ?? 0);
  const kind = origin?.via === 'retry' ? 'retry' : 'next';
  const spanId = `publish ${hop.hops} ${hop.actor} ${parentSpanId} ${hop.id}`;
  return [publishSpan(hop, { spanId, parentSpanId, atMs: queuedMs, kind, to: hop.actor })];
}

/**
 * A line has the duration of the call, but not its start. It is drawn at the start of the hop,
 * after the waits for its batch and for the rate limit: the rest of most hops is the wait for the
 * confirm of the broker.
 */
function callSpan(hop: HopLine, parentSpanId: string): readonly TracedSpan[] {
  const { runtimeMs, batchWaitMs = 0, rateLimitMs = 0, actor, reason } = hop;
  // An earlier version logged the time in which it found no runtime.
  if (runtimeMs === undefined || reason === 'runtime_absent') return [];
  const startMs = Math.min(hop.startMs + batchWaitMs + rateLimitMs, hop.endMs);
  const endMs = Math.min(startMs + runtimeMs, hop.endMs);
  const name = `call ${actor}`;
  const span = { spanId: `call ${parentSpanId}`, parentSpanId, name, startMs, endMs };
  return [spanOf(hop, { ...span, attributes: [] })];
}

/** An end may have no sidecar that logs its hops. */
function publishToEnd(
  hop: HopLine,
  parentSpanId: string,
  { happyEnd, errorEnd }: EndNames,
): readonly TracedSpan[] {
  const { outcome, destination, endMs: atMs } = hop;
  const kind = FAILED.has(outcome)
    ? 'error_end'
    : outcome === 'empty' || (SENT.has(outcome) && destination === happyEnd)
      ? 'happy_end'
      : undefined;
  if (kind === undefined) return [];
  const to = kind === 'happy_end' ? happyEnd : errorEnd;
  return [publishSpan(hop, { spanId: `end ${parentSpanId}`, parentSpanId, atMs, kind, to })];
}

/** The envelopes that no hop follows, as one publish. */
function openPublish(
  hop: HopLine,
  parentSpanId: string,
  followers: Followers,
  { happyEnd }: EndNames,
): readonly TracedSpan[] {
  const { outcome, destination: to, actor, endMs: atMs } = hop;
  const spanId = `open ${parentSpanId}`;
  if (hop.isReused) return [];
  if (outcome === 'retry') {
    if (followers.count(hop) > 0) return [];
    return [publishSpan(hop, { spanId, parentSpanId, atMs, kind: 'retry', to: actor })];
  }
  if (!SENT.has(outcome) || to === undefined || to === happyEnd) return [];
  const count = hop.dispatched - followers.count(hop);
  if (count <= 0) return [];
  return [publishSpan(hop, { spanId, parentSpanId, atMs, kind: 'next', to, count })];
}

/** The envelopes that hops follow, by the hop that sent them. */
class Followers {
  readonly #ids = new Map<HopLine, Set<string>>();

  add({ hop: sender }: HopOrigin, { id }: HopLine): void {
    const ids = this.#ids.get(sender);
    if (ids === undefined) this.#ids.set(sender, new Set([id]));
    else ids.add(id);
  }

  count(sender: HopLine): number {
    return this.#ids.get(sender)?.size ?? 0;
  }
}

const FAILED: ReadonlySet<string> = new Set(['error_end', 'retry_spent']);
const SENT: ReadonlySet<string> = new Set(['forward', 'fanout', 'forwarded']);

interface Publish {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly atMs: number;
  readonly kind: 'next' | 'retry' | 'happy_end' | 'error_end';
  readonly to: string;
  /** Number of envelopes. @default 1 */
  readonly count?: number;
}

function publishSpan(
  hop: HopLine,
  { spanId, parentSpanId, atMs, kind, to, count }: Publish,
): TracedSpan {
  const attributes: readonly Attribute[] = [
    [ATTRIBUTE.dispatchKind, kind],
    ...attribute(ATTRIBUTE.fanoutSize, count),
  ];
  const times = { startMs: atMs, endMs: atMs };
  return spanOf(hop, { spanId, parentSpanId, name: `publish ${to}`, ...times, attributes });
}

type Attribute = readonly [name: string, value: AttributeValue];

function attribute(name: string, value: AttributeValue | undefined): readonly Attribute[] {
  return value === undefined ? [] : [[name, value]];
}

type SpanFields = Pick<TracedSpan, 'spanId' | 'parentSpanId' | 'name' | 'startMs' | 'endMs'> & {
  readonly attributes: readonly Attribute[];
};

function spanOf({ traceId = '' }: HopLine, { attributes, ...span }: SpanFields): TracedSpan {
  return {
    ...span,
    traceId,
    attributes: new Map(attributes),
    links: [],
    failed: false,
    message: undefined,
  };
}
