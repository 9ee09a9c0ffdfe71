import {
  ROOT_CONTEXT,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
} from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import { payloadOf } from '../../src/envelope/envelope.ts';
import type { Call, CallReply, RuntimeClientLayer } from '../../src/runtime/runtime.ts';
import { ASYA } from '../attributes.ts';
import { callInContext } from '../context/hopContext.ts';
import { injectContext } from '../context/propagation.ts';
import type { Guard } from '../guard.ts';
import {
  networkAttributes,
  recordCall,
  type JoiningSpans,
  type TraceCallsOptions,
} from './callSpans.ts';

/**
 * Creates a span `call batch` for each call of several envelopes. It is the root of a trace, whose
 * context the runtime receives; it and the spans of its hops link to each other. A call of one
 * envelope is in the trace of its hop. If no hop is recorded, the runtime receives a context that
 * is not sampled.
 */
export function traceBatches(
  options: TraceCallsOptions,
  joining: JoiningSpans,
): RuntimeClientLayer {
  const { tracer, guard } = options;
  const network = networkAttributes(options);
  const ids = new RandomIdGenerator();
  return callBatches((send, call) => {
    const span = guard.attempt(() => start(call));
    if (span === undefined) return runOutsideOfHops(guard, send, call);
    const active = trace.setSpan(ROOT_CONTEXT, span);
    const traced = { ...call, context: guard.attempt(() => injectContext(active)) ?? call.context };
    return recordCall({ span, active, request: traced }, send, guard);
  });

  function start(call: Call): Span {
    const hops = call.requests.flatMap(({ envelope }) => joining.get(envelope) ?? []);
    if (hops.length === 0) return unrecordedSpan(ids);
    const attributes = { ...network, ...attributesOf(call) };
    const links = hops.map((hop) => ({ context: hop.spanContext() }));
    const spanOptions = { kind: SpanKind.CLIENT, attributes, links };
    const span = tracer.startSpan('call batch', spanOptions, ROOT_CONTEXT);
    for (const hop of hops) {
      hop.setAttribute(ASYA.batchSize, call.requests.length);
      hop.addLink({ context: span.spanContext() });
    }
    return span;
  }
}

/** Makes the calls of batches outside of the context of the hop that has joined last. */
export function detachBatches(guard: Guard): RuntimeClientLayer {
  return callBatches((send, call) => runOutsideOfHops(guard, send, call));
}

type Send = (call: Call) => Promise<CallReply>;

/** Creates a layer around calls of several envelopes. */
function callBatches(around: (send: Send, call: Call) => Promise<CallReply>): RuntimeClientLayer {
  return (next) => {
    const send: Send = (call) => next.send(call);
    return {
      send: (call) => (call.requests.length === 1 ? send(call) : around(send, call)),
      close: () => next.close(),
    };
  };
}

function runOutsideOfHops(guard: Guard, send: Send, call: Call): Promise<CallReply> {
  return callInContext(guard, ROOT_CONTEXT, send, call);
}

function unrecordedSpan(ids: RandomIdGenerator): Span {
  const [traceId, spanId] = [ids.generateTraceId(), ids.generateSpanId()];
  return trace.wrapSpanContext({ traceId, spanId, traceFlags: TraceFlags.NONE });
}

function attributesOf({ requests, actor }: Call): Attributes {
  const sizes = requests.map(({ envelope }) => payloadOf(envelope).length);
  return {
    [ASYA.actor]: actor,
    [ASYA.batchSize]: requests.length,
    [ASYA.requestSize]: sizes.reduce((total, size) => total + size, 0),
  };
}
