import {
  defaultTextMapSetter,
  propagation,
  trace,
  type Context,
  type Link,
  type SpanContext,
  type TextMapGetter,
} from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { TRANSPORT_HEADER, type Hop } from '../src/hop.ts';
import type { Headers } from '../src/transport/transport.ts';
import { ASYA, type LinkReason } from './attributes.ts';
import { NOTHING } from './frame.ts';
import type { Guard } from './guard.ts';

/**
 * Where a hop hangs in the tree of its journey.
 *
 * The trace context travels twice: in the transport's headers (written by each publish) and in the envelope's
 * own (written by each hop, so that it survives every transport, the runtime and the ends).
 */
export interface Lineage {
  /** What the hop's span is a child of; a root context when the hop begins a trace. Carries the baggage. */
  readonly context: Context;
  /** What the hop comes from, if it is no child of it, and the transport's context, if that is another one. */
  readonly links: Link[];
  /** The hop begins a trace, or is in another one than its envelope says. */
  readonly isOwn: boolean;
}

/**
 * The transport header of a publish whose trace is deliberately another one than the envelope's: a child of a
 * wide fan-out, or the retry of a hop that began a trace of its own. Here the transport's context wins.
 */
export const OWN_TRACE = { header: 'asya-trace', value: 'own' } as const;

export interface LineageOptions {
  /** A message published longer ago than this begins a trace of its own. */
  readonly maxGapMs: number;
  readonly nowMs: number;
  readonly guard: Guard;
}

export function lineageOf({ delivery: { headers }, envelope }: Hop, options: LineageOptions): Lineage {
  const byTransport = extractTransport(headers, options.guard);
  const transport = trace.getSpanContext(byTransport);
  const byBoth = withoutBrokenBaggage(withEnvelope(byTransport, envelope.headers.trace));
  const nearest = trace.getSpanContext(byBoth);
  const envelopes = nearest === transport ? undefined : nearest;
  const origin = transportWins(headers, transport, envelopes) ? transport : envelopes;
  const context = origin === undefined || origin === nearest ? byBoth : trace.setSpanContext(byBoth, origin);
  const links: Link[] = transport === undefined || origin === transport ? [] : [{ context: transport }];
  if (origin === undefined) return { context, links, isOwn: true };
  const reason = reasonToLink(headers, options);
  if (reason === undefined) return { context, links, isOwn: origin.traceId !== envelopes?.traceId };
  return { context: trace.deleteSpan(context), links: [linkTo(origin, reason), ...links], isOwn: true };
}

export function linkTo(context: SpanContext, reason: LinkReason): Link {
  return { context, attributes: { [ASYA.link]: reason } };
}

/** What `traceparent`, `tracestate` and `baggage` of a context are. Always as of the W3C, whatever `OTEL_PROPAGATORS`. */
export function headersOf(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  w3c.inject(context, headers, defaultTextMapSetter);
  return headers;
}

/** Adds the context to a copy of a transport's headers with the propagators of `OTEL_PROPAGATORS`. */
export function withTransportContext(headers: Headers, context: Context, guard: Guard): Headers {
  const injected = guard.attempt(() => {
    const carrier: Record<string, Headers[string]> = { ...headers };
    propagation.inject(context, carrier);
    return carrier;
  });
  return injected ?? headers;
}

const w3c = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

const getter: TextMapGetter<Headers> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, key) => {
    const value = carrier[key];
    return typeof value === 'string' ? value : undefined;
  },
};

/** Ignores malformed headers, and headers of propagators that `OTEL_PROPAGATORS` does not name. */
function extractTransport(headers: Headers, guard: Guard): Context {
  const extracted = guard.attempt(() =>
    propagation.fields().some((field) => headers[field] !== undefined)
      ? propagation.extract(NOTHING, headers, getter)
      : NOTHING,
  );
  return extracted ?? NOTHING;
}

/** Drops the baggage entries with half a character: they have no encoding, and propagators throw at them. */
function withoutBrokenBaggage(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  if (baggage === undefined) return context;
  const broken = baggage
    .getAllEntries()
    .filter(([key, { value, metadata }]) => !`${key}=${value};${metadata?.toString()}`.isWellFormed())
    .map(([key]) => key);
  return broken.length === 0 ? context : propagation.setBaggage(context, baggage.removeEntries(...broken));
}

/** What the envelope carries, over what the transport does. */
function withEnvelope(byTransport: Context, headers: Readonly<Record<string, string>>): Context {
  const isThere = headers['traceparent'] !== undefined || headers['baggage'] !== undefined;
  return isThere ? w3c.extract(byTransport, headers, getter) : byTransport;
}

/** In one trace the transport's context is the nearer one; where the two disagree the envelope's wins. */
function transportWins(
  headers: Headers,
  transport: SpanContext | undefined,
  envelope: SpanContext | undefined,
) {
  if (transport === undefined || envelope === undefined) return envelope === undefined;
  return transport.traceId === envelope.traceId || isOwn(headers);
}

function isOwn(headers: Headers): boolean {
  return headers[OWN_TRACE.header] === OWN_TRACE.value;
}

function reasonToLink(headers: Headers, { maxGapMs, nowMs }: LineageOptions): LinkReason | undefined {
  // The retry of a replay stays in the replay's trace.
  if (headers[TRANSPORT_HEADER.replayed] !== undefined && !isOwn(headers)) return 'replay';
  const waitedMs = waitedSince(headers, nowMs);
  return waitedMs !== undefined && waitedMs > maxGapMs ? 'stale' : undefined;
}

/** How long a message has waited since it was due, in milliseconds; undefined when nobody wrote it down. */
export function waitedSince(headers: Headers, nowMs: number): number | undefined {
  const publishedAt = headers[TRANSPORT_HEADER.publishedAt];
  const delayMs = headers[TRANSPORT_HEADER.delayMs];
  if (typeof publishedAt !== 'number') return undefined;
  // Two hosts' clocks may differ by more than the wait.
  return Math.max(0, nowMs - publishedAt - (typeof delayMs === 'number' ? delayMs : 0));
}
