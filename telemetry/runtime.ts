import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { payloadOf } from '../src/envelope.ts';
import type { Call, Reply, Request, RuntimeLayer } from '../src/runtime/runtime.ts';
import { ASYA, ATTR } from './attributes.ts';
import { headersOf } from './propagation.ts';
import type { Recorder } from './recorder.ts';

export interface TraceCallsOptions {
  readonly tracer: Tracer;
  readonly protocol: string;
  readonly socketPath: string;
}

/** A span `call <actor>` for each round trip; its context reaches the runtime, where the protocol can carry it. */
export function traceCalls({ tracer, protocol, socketPath }: TraceCallsOptions): RuntimeLayer {
  const attributesOf = ({ envelope, actor, attempt }: Request): Attributes => ({
    [ATTR.networkTransport]: 'unix',
    [ATTR.serverAddress]: socketPath,
    [ASYA.runtimeProtocol]: protocol,
    [ASYA.requestSize]: payloadOf(envelope).length,
    [ASYA.journeyId]: envelope.headers.journeyId,
    [ASYA.envelopeId]: envelope.id,
    [ASYA.actor]: actor,
    [ASYA.attempt]: attempt,
  });

  return (next) => ({
    call(request) {
      const attributes = attributesOf(request);
      const span = tracer.startSpan(`call ${request.actor}`, { kind: SpanKind.CLIENT, attributes });
      const active = trace.setSpan(context.active(), span);
      const traced = { ...request, context: { ...request.context, ...headersOf(active) } };
      const { reply, finished } = context.with(active, () => next.call(traced));
      return { reply: endWith(span, reply), finished };
    },
    close: () => next.close(),
  });
}

/** Times every call. Outside of the tracing it would miss the exemplars' spans; so it is the inner layer. */
export function measureCalls(record: Recorder): RuntimeLayer {
  return (next) => ({
    call(request) {
      const start = performance.now();
      const call = next.call(request);
      void countLate(record, call);
      return { ...call, reply: recordWith(record, call.reply, start) };
    },
    close: () => next.close(),
  });
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
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

async function recordWith(record: Recorder, reply: Promise<Reply>, start: number): Promise<Reply> {
  const result = await reply;
  if (result.kind !== 'absent') record.runtimeDuration((performance.now() - start) / 1000);
  if (result.kind === 'failed') record.runtimeErrors(1, { error_type: result.fault.code });
  return result;
}

async function countLate(record: Recorder, { finished }: Call): Promise<void> {
  if ((await finished) === 'late') record.lateReplies(1);
}
