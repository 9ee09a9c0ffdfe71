import {
  defaultTextMapSetter,
  propagation,
  trace,
  type Context,
  type Link,
  type SpanContext,
  type TextMapGetter,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import type { Envelope } from '../../src/envelope/envelope.ts';
import { TRACE_HEADERS } from '../../src/envelope/headers.ts';
import type { Hop } from '../../src/hop/hop.ts';
import { type Headers, TRANSPORT_HEADER } from '../../src/transport/message.ts';
import { ASYA, type LinkReason } from '../attributes.ts';
import { EMPTY_CONTEXT } from './linkedContext.ts';
import type { Guard } from '../guard.ts';

/**
 * Where a hop hangs in the tree of its journey.
 *
 * The trace context travels twice: in the transport's headers (written by each publish) and in the
 * envelope's own (written by each hop, so that it survives every transport, the runtime and the
 * ends).
 */
export interface Lineage {
  /**
   * What the hop's span is a child of; a root context when the hop begins a trace. Carries the
   * baggage.
   */
  readonly context: Context;
  /**
   * What the hop comes from, if it is no child of it, and the transport's context, if that is
   * another one.
   */
  readonly links: Link[];
  /** The hop begins a trace, or is in another one than its envelope says. */
  readonly isOwn: boolean;
}

/**
 * The transport header of a publish whose trace is deliberately another one than the envelope's: a
 * child of a wide fan-out, or the retry of a hop that began a trace of its own. Here the
 * transport's context wins.
 */
export const OWN_TRACE = { header: 'asya-trace', value: 'own' } as const;

export interface LineageOptions {
  /** A message published longer ago than this begins a trace of its own. */
  readonly maxGapMs: number;
  readonly nowMs: number;
  readonly guard: Guard;
}

export function lineageOf(
  { delivery: { headers }, envelope }: Hop,
  options: LineageOptions,
): Lineage {
  const byTransport = extractTransport(headers, options.guard);
  const transport = trace.getSpanContext(byTransport);
  const byBoth = withoutBrokenBaggage(withEnvelope(byTransport, envelope.headers.trace));
  const nearest = trace.getSpanContext(byBoth);
  const envelopes = nearest === transport ? undefined : nearest;
  const origin = transportWins(headers, transport, envelopes) ? transport : envelopes;
  const context =
    origin === undefined || origin === nearest ? byBoth : trace.setSpanContext(byBoth, origin);
  const links: Link[] =
    transport === undefined || origin === transport ? [] : [{ context: transport }];
  if (origin === undefined) return { context, links, isOwn: true };
  const reason = reasonToLink(headers, options);
  if (reason === undefined) return { context, links, isOwn: origin.traceId !== envelopes?.traceId };
  return {
    context: trace.deleteSpan(context),
    links: [linkTo(origin, reason), ...links],
    isOwn: true,
  };
}

export function linkTo(context: SpanContext, reason: LinkReason): Link {
  return { context, attributes: { [ASYA.link]: reason } };
}

/**
 * The trace headers that replace those of an envelope: always W3C trace context and baggage,
 * whatever `OTEL_PROPAGATORS`. A header that the context does not have is removed: an old
 * `tracestate` would belong to another trace than the new `traceparent`.
 */
export function headersOf(
  context: Context,
  envelope: Envelope,
): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  w3c.inject(context, headers, defaultTextMapSetter);
  const present = envelope.layout.headers?.members;
  for (const name of TRACE_HEADERS) {
    if (headers[name] === undefined && present?.has(name) === true) headers[name] = undefined;
  }
  return headers;
}

/**
 * Replaces the context in a copy of a transport's headers with the propagators of
 * `OTEL_PROPAGATORS`.
 */
export function withTransportContext(headers: Headers, context: Context, guard: Guard): Headers {
  const injected = guard.attempt(() => {
    const carrier: Record<string, Headers[string]> = { ...withoutContext(headers) };
    propagation.inject(context, carrier);
    return carrier;
  });
  return injected ?? headers;
}

/**
 * Removes what a retry has from the delivery before it, in any letter case and encoding of a
 * propagator.
 */
export function withoutContext(headers: Headers): Headers {
  const names = Object.keys(headers).filter((name) => !name.startsWith(OWN_PREFIX));
  if (names.length === 0) return headers;
  const fields = propagation.fields().map((field) => field.toLowerCase());
  const families = FAMILIES.filter((family) => fields.some((field) => family.test(field)));
  const isContext = (name: string): boolean =>
    fields.includes(name) || families.some((family) => family.test(name));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !isContext(name.toLowerCase())),
  );
}

/**
 * Propagators that read headers which they do not write: of B3 both encodings, of Jaeger one header
 * per baggage entry.
 */
const FAMILIES = [/^(?:b3$|x-b3-)/, /^(?:uber-trace-id$|uberctx-)/];

/** No propagator reads the sidecar's own headers. */
const OWN_PREFIX = 'asya-';

const w3c = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

const getter: TextMapGetter<ReadonlyMap<string, string>> = {
  keys: (carrier) => [...carrier.keys()],
  get: (carrier, key) => carrier.get(key.toLowerCase()),
};

/** Ignores malformed headers, and headers of propagators that `OTEL_PROPAGATORS` does not name. */
function extractTransport(headers: Headers, guard: Guard): Context {
  const carrier = readCarrier(headers);
  if (carrier.size === 0) return EMPTY_CONTEXT;
  return (
    guard.attempt(() => withKnownFlags(propagation.extract(EMPTY_CONTEXT, carrier, getter))) ??
    EMPTY_CONTEXT
  );
}

/**
 * A transport's headers by their names in lower case: Java writes `X-B3-TraceId`. Of two, the
 * lower-case one counts.
 */
function readCarrier(headers: Headers): ReadonlyMap<string, string> {
  const carrier = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(OWN_PREFIX)) continue;
    const key = name.toLowerCase();
    if (key === name || !carrier.has(key)) carrier.set(key, String(value));
  }
  return carrier;
}

/** Clears the flags that the W3C has not defined; the SDK prints only one digit of them. */
function withKnownFlags(context: Context): Context {
  const span = trace.getSpanContext(context);
  if (span === undefined || (span.traceFlags & ~KNOWN_FLAGS) === 0) return context;
  return trace.setSpanContext(context, { ...span, traceFlags: span.traceFlags & KNOWN_FLAGS });
}

/** Sampled, and random trace id. */
const KNOWN_FLAGS = 0b11;

/**
 * Drops the baggage entries with half a character: they have no encoding, and propagators throw at
 * them.
 */
function withoutBrokenBaggage(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  if (baggage === undefined) return context;
  const broken = baggage
    .getAllEntries()
    .filter(
      ([key, { value, metadata }]) => !`${key}=${value};${metadata?.toString()}`.isWellFormed(),
    )
    .map(([key]) => key);
  return broken.length === 0
    ? context
    : propagation.setBaggage(context, baggage.removeEntries(...broken));
}

/** What the envelope carries, over what the transport does. */
function withEnvelope(byTransport: Context, headers: Readonly<Record<string, string>>): Context {
  const isThere = headers['traceparent'] !== undefined || headers['baggage'] !== undefined;
  return isThere
    ? withKnownFlags(w3c.extract(byTransport, new Map(Object.entries(headers)), getter))
    : byTransport;
}

/**
 * In one trace the transport's context is the nearer one; where the two disagree the envelope's
 * wins.
 */
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

function reasonToLink(
  headers: Headers,
  { maxGapMs, nowMs }: LineageOptions,
): LinkReason | undefined {
  // The retry of a replay stays in the replay's trace.
  if (headers[TRANSPORT_HEADER.replayed] !== undefined && !isOwn(headers)) return 'replay';
  const waitedMs = waitedSince(headers, nowMs);
  return waitedMs !== undefined && waitedMs > maxGapMs ? 'stale' : undefined;
}

/**
 * How long a message has waited since it was due, in milliseconds; undefined when nobody wrote it
 * down.
 */
export function waitedSince(headers: Headers, nowMs: number): number | undefined {
  const publishedAt = headers[TRANSPORT_HEADER.publishedAt];
  const delayMs = headers[TRANSPORT_HEADER.delayMs];
  if (typeof publishedAt !== 'number') return undefined;
  // Two hosts' clocks may differ by more than the wait.
  return Math.max(0, nowMs - publishedAt - (typeof delayMs === 'number' ? delayMs : 0));
}
