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
import type { Reply, Request, RuntimeLayer } from '../../src/runtime/runtime.ts';
import { ASYA, ATTR } from '../attributes.ts';
import { callInContext, isUnrecorded } from '../context/hopContext.ts';
import { markFailed } from './spanStatus.ts';
import type { Guard } from '../guard.ts';
import { createTraceHeaders } from '../context/propagation.ts';

export interface TraceCallsOptions {
  readonly tracer: Tracer;
  readonly protocol: string;
  readonly socketPath: string;
  readonly guard: Guard;
}

/** A call whose span has started. */
interface Begun {
  readonly span: Span;
  readonly active: Context;
  readonly traced: Request;
}

/**
 * A span `call <actor>` for each round trip; its context reaches the runtime, where the protocol
 * can carry it.
 */
export function traceCalls({
  tracer,
  protocol,
  socketPath,
  guard,
}: TraceCallsOptions): RuntimeLayer {
  const network: Attributes = {
    [ATTR.networkTransport]: 'unix',
    [ATTR.serverAddress]: socketPath,
    [ASYA.runtimeProtocol]: protocol,
  };

  return (next) => {
    const call = (request: Request): Promise<Reply> => next.call(request);
    return {
      call(request) {
        const begun = guard.attempt(() => begin(request));
        return begun === undefined ? call(request) : record(begun, call);
      },
      close: () => next.close(),
    };
  };

  /** Undefined for a call whose hop is not recorded. */
  function begin(request: Request): Begun | undefined {
    const outer = context.active();
    if (isUnrecorded(outer)) return undefined;
    const options = { kind: SpanKind.CLIENT, attributes: network };
    const span = tracer.startSpan(`call ${request.actor}`, options, outer);
    if (span.isRecording()) span.setAttributes(attributesOf(request));
    const active = trace.setSpan(outer, span);
    return {
      span,
      active,
      traced: { ...request, context: createTraceHeaders(active, request.envelope) },
    };
  }

  async function record(
    { span, active, traced }: Begun,
    call: (request: Request) => Promise<Reply>,
  ): Promise<Reply> {
    try {
      const reply = await callInContext(guard, active, call, traced);
      guard.attempt(() => {
        if (span.isRecording()) complete(span, reply);
      });
      return reply;
    } finally {
      guard.attempt(() => span.end());
    }
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
      fail(span, reply.fault.code, reply.fault.message);
      break;
    case 'absent':
      fail(span, 'runtime_absent', reply.reason);
  }
}

function fail(span: Span, type: string, message: string): void {
  span.setAttribute(ATTR.errorType, type);
  markFailed(span, message);
}
