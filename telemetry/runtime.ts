import { context, SpanKind, trace, type Attributes, type Span, type Tracer } from '@opentelemetry/api';
import { payloadOf } from '../src/envelope.ts';
import type { Reply, Request, RuntimeLayer } from '../src/runtime/runtime.ts';
import { ASYA, ATTR } from './attributes.ts';
import { isUnrecorded } from './current.ts';
import { markFailed } from './ending.ts';
import { headersOf } from './propagation.ts';

export interface TraceCallsOptions {
  readonly tracer: Tracer;
  readonly protocol: string;
  readonly socketPath: string;
}

/** A span `call <actor>` for each round trip; its context reaches the runtime, where the protocol can carry it. */
export function traceCalls({ tracer, protocol, socketPath }: TraceCallsOptions): RuntimeLayer {
  const network: Attributes = {
    [ATTR.networkTransport]: 'unix',
    [ATTR.serverAddress]: socketPath,
    [ASYA.runtimeProtocol]: protocol,
  };

  return (next) => ({
    call(request) {
      const active = context.active();
      if (isUnrecorded(active)) return next.call(request);
      const options = { kind: SpanKind.CLIENT, attributes: network };
      const span = tracer.startSpan(`call ${request.actor}`, options, active);
      if (span.isRecording()) span.setAttributes(attributesOf(request));
      const inCall = trace.setSpan(active, span);
      return endWith(
        span,
        context.with(inCall, () => next.call({ ...request, context: headersOf(inCall) })),
      );
    },
    close: () => next.close(),
  });
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

async function endWith(span: Span, reply: Promise<Reply>): Promise<Reply> {
  try {
    const result = await reply;
    if (span.isRecording()) complete(span, result);
    return result;
  } finally {
    span.end();
  }
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
