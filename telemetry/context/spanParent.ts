import { trace, type Context, type Link, type SpanContext } from '@opentelemetry/api';
import type { Hop } from '../../src/hop/hop.ts';
import { type Headers, TRANSPORT_HEADER } from '../../src/transport/message.ts';
import { ASYA, type LinkReason } from '../attributes.ts';
import type { Guard } from '../guard.ts';
import { queueWaitMs } from '../hopTimes.ts';
import { extractEnvelopeContext, extractTransportContext } from './propagation.ts';

/**
 * The parent and the links of a hop's span.
 *
 * The trace context travels twice: in the transport's headers, written by each publish, and in the
 * envelope's headers, written by each hop. The second copy survives every transport, the runtime
 * and the ends. In one trace, the transport's context is the nearer one; if the two are in
 * different traces, the envelope's context wins.
 */
export interface SpanParent {
  /** The parent context, with the baggage. It has no span if the hop starts a trace. */
  readonly context: Context;
  /**
   * A link to the previous hop if the hop starts a trace, and a link to the transport's context if
   * that is in another trace.
   */
  readonly links: Link[];
  /** The hop starts a trace, or is in another trace than its envelope's context. */
  readonly isOwnTrace: boolean;
}

/**
 * The transport header of a publish whose trace deliberately differs from the envelope's: a child
 * of a wide fan-out, or a retry of a hop that started a trace. The transport's context wins then.
 */
export const OWN_TRACE = { header: 'asya-trace', value: 'own' } as const;

export interface SpanParentOptions {
  /** A message published longer ago than this starts a trace. */
  readonly maxGapMs: number;
  readonly nowMs: number;
  readonly guard: Guard;
}

export function resolveParent(
  { delivery: { headers }, envelope }: Hop,
  options: SpanParentOptions,
): SpanParent {
  const transportContext = extractTransportContext(headers, options.guard);
  const transportSpan = trace.getSpanContext(transportContext);
  const merged = extractEnvelopeContext(transportContext, envelope.headers.trace);
  const mergedSpan = trace.getSpanContext(merged);
  const envelopeSpan = mergedSpan === transportSpan ? undefined : mergedSpan;
  const parent = transportWins(headers, transportSpan, envelopeSpan) ? transportSpan : envelopeSpan;
  const context =
    parent === undefined || parent === mergedSpan ? merged : trace.setSpanContext(merged, parent);
  const links =
    transportSpan === undefined || parent === transportSpan ? [] : [{ context: transportSpan }];
  if (parent === undefined) return { context, links, isOwnTrace: true };
  const reason = linkReason(headers, options);
  if (reason === undefined) {
    return { context, links, isOwnTrace: parent.traceId !== envelopeSpan?.traceId };
  }
  return {
    context: trace.deleteSpan(context),
    links: [createLink(parent, reason), ...links],
    isOwnTrace: true,
  };
}

export function createLink(context: SpanContext, reason: LinkReason): Link {
  return { context, attributes: { [ASYA.link]: reason } };
}

function transportWins(
  headers: Headers,
  transport: SpanContext | undefined,
  envelope: SpanContext | undefined,
): boolean {
  if (transport === undefined || envelope === undefined) return envelope === undefined;
  return transport.traceId === envelope.traceId || hasOwnTrace(headers);
}

function hasOwnTrace(headers: Headers): boolean {
  return headers[OWN_TRACE.header] === OWN_TRACE.value;
}

/** Why the hop starts a trace; undefined if it does not. */
function linkReason(
  headers: Headers,
  { maxGapMs, nowMs }: SpanParentOptions,
): LinkReason | undefined {
  // The retry of a replayed message stays in the trace of the replay.
  if (headers[TRANSPORT_HEADER.replayed] !== undefined && !hasOwnTrace(headers)) return 'replay';
  const waitMs = queueWaitMs(headers, nowMs);
  return waitMs !== undefined && waitMs > maxGapMs ? 'stale' : undefined;
}
