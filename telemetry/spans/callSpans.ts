import {
  context,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { payloadOf } from '../../src/envelope/envelope.ts';
import { faultText } from '../../src/faults.ts';
import type { Reply, Request, RuntimeLayer } from '../../src/runtime/runtime.ts';
import { ASYA, ATTR } from '../attributes.ts';
import { callInContext, isUnrecorded } from '../context/hopContext.ts';
import { setErrorStatus } from './errorStatus.ts';
import type { Guard } from '../guard.ts';
import { createTraceHeaders } from '../context/propagation.ts';

export interface TraceCallsOptions {
  readonly tracer: Tracer;
  readonly protocol: string;
  readonly socketPath: string;
  readonly guard: Guard;
}

/** A call with a started span. */
interface TracedCall {
  readonly span: Span;
  readonly active: Context;
  /** The request, with the context of the span. */
  readonly request: Request;
}

/**
 * Creates a span `call <actor>` for each call to the runtime. Its context is passed to the runtime
 * if the protocol can carry it.
 */
export function traceCalls(options: TraceCallsOptions): RuntimeLayer {
  const { protocol, socketPath, guard } = options;
  const network: Attributes = {
    [ATTR.networkTransport]: 'unix',
    [ATTR.serverAddress]: socketPath,
    [ASYA.runtimeProtocol]: protocol,
  };
  return (next) => {
    const call = (request: Request): Promise<Reply> => next.call(request);
    return {
      call(request) {
        const traced = guard.attempt(() => start(request, options.tracer, network));
        return traced === undefined ? call(request) : record(traced, call, guard);
      },
      close: () => next.close(),
    };
  };
}

/** Returns undefined if the hop is not recorded. */
function start(request: Request, tracer: Tracer, network: Attributes): TracedCall | undefined {
  const outer = context.active();
  if (isUnrecorded(outer)) return undefined;
  const options = { kind: SpanKind.CLIENT, attributes: network };
  const span = tracer.startSpan(`call ${request.actor}`, options, outer);
  if (span.isRecording()) span.setAttributes(attributesOf(request));
  const active = trace.setSpan(outer, span);
  const headers = createTraceHeaders(active, request.envelope);
  return { span, active, request: { ...request, context: headers } };
}

async function record(
  { span, active, request }: TracedCall,
  call: (request: Request) => Promise<Reply>,
  guard: Guard,
): Promise<Reply> {
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

function complete(span: Span, reply: Reply): void {
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
