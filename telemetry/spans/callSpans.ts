import {
  context,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { payloadOf, type Envelope } from '../../src/envelope/envelope.ts';
import { faultText } from '../../src/faults.ts';
import type { CallReply, Reply, Request, RuntimeLayer } from '../../src/runtime/runtime.ts';
import type { RuntimeAddress } from '../../src/runtime/socket/endpoint.ts';
import { ASYA, ATTR } from '../attributes.ts';
import { callInContext, isUnrecorded } from '../context/hopContext.ts';
import { setErrorStatus } from './errorStatus.ts';
import type { Guard } from '../guard.ts';
import { createTraceHeaders } from '../context/propagation.ts';

export interface TraceCallsOptions {
  readonly tracer: Tracer;
  readonly protocol: string;
  readonly address: RuntimeAddress;
  readonly guard: Guard;
}

/** The recorded spans `call <actor>` of hops whose envelopes are in a batch. */
export type JoiningSpans = WeakMap<Envelope, Span>;

/** A call with a started span. */
interface TracedCall<R> {
  readonly span: Span;
  readonly active: Context;
  /** The request, with the context of the span. */
  readonly request: R;
}

/**
 * Creates a span `call <actor>` for the call of each hop. Its context is passed to the runtime if
 * the protocol can carry it, and if the envelope has the call for itself.
 * @param joining receives the spans of envelopes in batches
 */
export function traceCalls(options: TraceCallsOptions, joining: JoiningSpans): RuntimeLayer {
  const { tracer, guard } = options;
  const network = networkAttributes(options);
  return (next) => {
    const call = (request: Request): Promise<Reply> => next.call(request);
    return {
      call(request) {
        const traced = guard.attempt(() => start(request));
        return traced === undefined ? call(request) : recordCall(traced, call, guard);
      },
      close: () => next.close(),
    };
  };

  /** Returns undefined if the hop is not recorded. */
  function start(request: Request): TracedCall<Request> | undefined {
    const outer = context.active();
    if (isUnrecorded(outer)) return undefined;
    const spanOptions = { kind: SpanKind.CLIENT, attributes: network };
    const span = tracer.startSpan(`call ${request.actor}`, spanOptions, outer);
    if (span.isRecording()) span.setAttributes(attributesOf(request));
    const active = trace.setSpan(outer, span);
    const { batch, envelope } = request;
    if (batch?.size === 1 && joining.has(envelope)) span.setAttribute(ASYA.callAlone, true);
    if (batch !== undefined && batch.size > 1 && span.isRecording()) joining.set(envelope, span);
    // The neighbours of an envelope may leave its batch, so that it has the call for itself.
    const headers = createTraceHeaders(active, envelope);
    return { span, active, request: { ...request, context: headers } };
  }
}

/** Makes a call in the context of its span, and ends the span with the reply. */
export async function recordCall<C, R extends Reply | CallReply>(
  { span, active, request }: TracedCall<C>,
  call: (request: C) => Promise<R>,
  guard: Guard,
): Promise<R> {
  try {
    const reply = await callInContext(guard, active, call, request);
    guard.attempt(() => {
      if (span.isRecording()) complete(span, reply);
    });
    return reply;
  } finally {
    guard.attempt(() => span.end());
  }
}

/** The attributes of the connection. */
export function networkAttributes({ protocol, address }: TraceCallsOptions): Attributes {
  const common = { [ATTR.networkTransport]: address.transport, [ASYA.runtimeProtocol]: protocol };
  return address.transport === 'unix'
    ? { ...common, [ATTR.serverAddress]: address.path }
    : { ...common, [ATTR.serverAddress]: address.host, [ATTR.serverPort]: address.port };
}

function attributesOf({ envelope, actor, attempt }: Request): Attributes {
  return {
    [ASYA.requestSize]: payloadOf(envelope).length,
    [ASYA.journeyId]: envelope.headers.journeyId,
    [ASYA.envelopeId]: envelope.id,
    [ASYA.parentId]: envelope.parentId,
    [ASYA.actor]: actor,
    [ASYA.attempt]: attempt,
  };
}

function complete(span: Span, reply: Reply | CallReply): void {
  switch (reply.kind) {
    case 'answered':
      span.setAttribute(ASYA.replySize, reply.sizeBytes);
      break;
    case 'failed':
    case 'deferred':
      fail(span, reply.fault.code, faultText(reply.fault));
      break;
    case 'absent':
      fail(span, 'runtime_absent', reply.reason);
  }
}

function fail(span: Span, type: string, message: string): void {
  span.setAttribute(ATTR.errorType, type);
  setErrorStatus(span, message);
}
