import {
  defaultTextMapSetter,
  propagation,
  trace,
  type Context,
  type TextMapGetter,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import type { Envelope } from '../../src/envelope/envelope.ts';
import { TRACE_HEADERS } from '../../src/envelope/headers.ts';
import type { Headers } from '../../src/transport/message.ts';
import type { Guard } from '../guard.ts';
import { EMPTY_CONTEXT } from './linkedContext.ts';

/**
 * Reads the trace context of a transport's headers with the propagators of `OTEL_PROPAGATORS`.
 * Malformed headers are ignored.
 */
export function extractTransportContext(headers: Headers, guard: Guard): Context {
  const carrier = lowerCaseHeaders(headers);
  if (carrier.size === 0) return EMPTY_CONTEXT;
  return (
    guard.attempt(() => clearUnknownFlags(propagation.extract(EMPTY_CONTEXT, carrier, getter))) ??
    EMPTY_CONTEXT
  );
}

/** Adds the W3C trace context and baggage of an envelope's headers to the transport's context. */
export function extractEnvelopeContext(
  transport: Context,
  headers: Readonly<Record<string, string>>,
): Context {
  const hasContext = headers['traceparent'] !== undefined || headers['baggage'] !== undefined;
  return removeBrokenBaggage(
    hasContext
      ? clearUnknownFlags(w3c.extract(transport, new Map(Object.entries(headers)), getter))
      : transport,
  );
}

/**
 * Creates the trace headers that replace those of an envelope: W3C trace context and baggage,
 * independent of `OTEL_PROPAGATORS`. A header that the context lacks is undefined, which removes
 * it: an old `tracestate` must not stay next to a new `traceparent`.
 */
export function createTraceHeaders(
  context: Context,
  envelope: Envelope,
): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = injectContext(context);
  const present = envelope.layout.headers?.members;
  for (const name of TRACE_HEADERS) {
    if (headers[name] === undefined && present?.has(name) === true) headers[name] = undefined;
  }
  return headers;
}

/** Returns W3C trace context and baggage, independent of `OTEL_PROPAGATORS`. */
export function injectContext(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  w3c.inject(context, headers, defaultTextMapSetter);
  return headers;
}

/**
 * Returns a copy of a transport's headers whose trace context is replaced by the propagators of
 * `OTEL_PROPAGATORS`.
 */
export function injectTransportContext(headers: Headers, context: Context, guard: Guard): Headers {
  const injected = guard.attempt(() => {
    const carrier: Record<string, Headers[string]> = { ...removeTraceContext(headers) };
    propagation.inject(context, carrier);
    return carrier;
  });
  return injected ?? headers;
}

/**
 * Removes the trace context that a retry has copied from its delivery, in any letter case and in
 * each encoding of a propagator.
 */
export function removeTraceContext(headers: Headers): Headers {
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
 * Headers that a propagator reads but does not list in its fields: both encodings of B3, and
 * Jaeger's one header per baggage entry.
 */
const FAMILIES = [/^(?:b3$|x-b3-)/, /^(?:uber-trace-id$|uberctx-)/];

/** The prefix of the sidecar's own headers, which no propagator reads. */
const OWN_PREFIX = 'asya-';

const w3c = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

const getter: TextMapGetter<ReadonlyMap<string, string>> = {
  keys: (carrier) => [...carrier.keys()],
  get: (carrier, key) => carrier.get(key.toLowerCase()),
};

/**
 * Lists headers by lower-case name, because some producers write `X-B3-TraceId`. If two names
 * differ only in case, the lower-case one wins.
 */
function lowerCaseHeaders(headers: Headers): ReadonlyMap<string, string> {
  const carrier = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(OWN_PREFIX)) continue;
    const key = name.toLowerCase();
    if (key === name || !carrier.has(key)) carrier.set(key, String(value));
  }
  return carrier;
}

/**
 * Clears trace flags that the W3C has not defined; the SDK would print only one of their digits.
 */
function clearUnknownFlags(context: Context): Context {
  const span = trace.getSpanContext(context);
  if (span === undefined || (span.traceFlags & ~KNOWN_FLAGS) === 0) return context;
  return trace.setSpanContext(context, { ...span, traceFlags: span.traceFlags & KNOWN_FLAGS });
}

/** The flags `sampled` and `random trace id`. */
const KNOWN_FLAGS = 0b11;

/** Removes baggage entries with a lone surrogate: they cannot be encoded, so propagators throw. */
function removeBrokenBaggage(context: Context): Context {
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
