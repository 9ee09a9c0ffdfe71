import { ATTRIBUTE } from '../attributes.ts';
import type { AttributeValue, TracedSpan } from '../otlp.ts';
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
  return hops.flatMap((hop) => {
    const id = ids.get(hop) ?? '';
    const origin = origins.originOf(hop);
    const publish = publishBefore(hop, id, origin, origin && ids.get(origin.hop));
    return [
      ...publish,
      hopSpan(hop, id, publish[0]?.spanId, { isReplay: origin?.via === 'replay', ends }),
      ...callSpan(hop, id),
      ...publishToEnd(hop, id, ends),
    ];
  });
}

function hopSpan(
  hop: HopLine,
  spanId: string,
  publishId: string | undefined,
  { isReplay, ends }: { readonly isReplay: boolean; readonly ends: EndNames },
): TracedSpan {
  const { actor, attempt, outcome, failure, journeyId, startMs, endMs } = hop;
  const attributes: readonly Attribute[] = [
    [ATTRIBUTE.journeyId, journeyId],
    [ATTRIBUTE.actor, actor],
    [ATTRIBUTE.attempt, attempt],
    [ATTRIBUTE.outcome, outcome],
    ...attribute(ATTRIBUTE.errorType, failure?.code),
    ...attribute(ATTRIBUTE.end, outcome === 'end' ? endOf(actor, ends) : undefined),
  ];
  const parentSpanId = isReplay ? undefined : publishId;
  const span = { spanId, parentSpanId, name: `process ${actor}`, startMs, endMs, attributes };
  return {
    ...spanOf(hop, span),
    links: isReplay && publishId !== undefined ? [{ spanId: publishId, reason: 'replay' }] : [],
    failed: failure !== undefined,
    message: failure?.message,
  };
}

/** An actor with another name is an end by `ASYA_IS_END_ACTOR`, and completes a journey. */
function endOf(actor: string, { errorEnd }: EndNames): string {
  return actor === errorEnd ? 'error-end' : 'happy-end';
}

/** The publish ends when the time in the queue begins. The delay of a retry is a part of it. */
function publishBefore(
  hop: HopLine,
  id: string,
  origin: HopOrigin | undefined,
  parentSpanId: string | undefined,
): readonly TracedSpan[] {
  if (origin === undefined && hop.waitMs === undefined) return [];
  const queuedMs = origin?.via === 'retry' ? origin.hop.endMs : hop.startMs - (hop.waitMs ?? 0);
  const kind = origin?.via === 'retry' ? 'retry' : 'next';
  return [publishSpan(hop, { spanId: `publish ${id}`, parentSpanId, atMs: queuedMs, kind })];
}

/**
 * A line has the duration of the call, but not its start. It is drawn at the end of the hop: the
 * time after a call, in which the hop publishes, is usually shorter than the time before it, in
 * which the hop may wait for a free slot.
 */
function callSpan(hop: HopLine, parentSpanId: string): readonly TracedSpan[] {
  const { runtimeMs, actor, startMs, endMs } = hop;
  if (runtimeMs === undefined) return [];
  const start = Math.max(startMs, endMs - runtimeMs);
  const name = `call ${actor}`;
  const span = { spanId: `call ${parentSpanId}`, parentSpanId, name, startMs: start, endMs };
  return [spanOf(hop, { ...span, attributes: [] })];
}

/** An end may have no sidecar that logs its hops. */
function publishToEnd(
  hop: HopLine,
  parentSpanId: string,
  { happyEnd }: EndNames,
): readonly TracedSpan[] {
  const { outcome, destination, endMs: atMs } = hop;
  const kind = FAILED.has(outcome)
    ? 'error_end'
    : outcome === 'empty' || (SENT.has(outcome) && destination === happyEnd)
      ? 'happy_end'
      : undefined;
  if (kind === undefined) return [];
  return [publishSpan(hop, { spanId: `end ${parentSpanId}`, parentSpanId, atMs, kind })];
}

const FAILED: ReadonlySet<string> = new Set(['error_end', 'retry_spent']);
const SENT: ReadonlySet<string> = new Set(['forward', 'fanout', 'forwarded']);

interface Publish {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly atMs: number;
  readonly kind: 'next' | 'retry' | 'happy_end' | 'error_end';
}

function publishSpan(hop: HopLine, { spanId, parentSpanId, atMs, kind }: Publish): TracedSpan {
  const attributes: readonly Attribute[] = [[ATTRIBUTE.dispatchKind, kind]];
  const times = { startMs: atMs, endMs: atMs };
  return spanOf(hop, { spanId, parentSpanId, name: 'publish ', ...times, attributes });
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
