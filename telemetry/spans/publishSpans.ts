import {
  context,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { messageOf } from '../../src/faults.ts';
import type { Layer } from '../../src/compose.ts';
import type { Deliver } from '../../src/sidecar/deliver.ts';
import type { Publish } from '../../src/sidecar/encodeDispatch.ts';
import { SendError } from '../../src/transport/transport.ts';
import type { Headers } from '../../src/transport/message.ts';
import { setPendingPublish, type PendingPublish } from './amqplib.ts';
import { ASYA, ATTR } from '../attributes.ts';
import { callInContext, hopContextOf, isUnrecorded } from '../context/hopContext.ts';
import { setErrorStatus } from './errorStatus.ts';
import type { Guard } from '../guard.ts';
import { removeTraceContext, injectTransportContext } from '../context/propagation.ts';
import { createLink, OWN_TRACE } from '../context/spanParent.ts';

export interface TracePublishesOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** An instrumentation library creates the spans; they only get names and attributes here. */
  readonly instrumented: boolean;
  readonly maxFanout: number;
  readonly guard: Guard;
}

/**
 * Creates a span `publish <destination>` for each publish, which ends when the broker confirms it.
 */
export function tracePublishes(options: TracePublishesOptions): Layer<Deliver> {
  const { guard } = options;
  return (next) => (publish) => {
    const traced = guard.attempt(() => start(publish, options));
    if (traced === undefined) return next(publish);
    const { message } = publish;
    const send = (): Promise<void> =>
      next({ ...publish, message: { ...message, headers: traced.headers } });
    return traced.span === undefined ? send() : record(guard, traced.span, send);
  };
}

async function record(guard: Guard, span: PublishSpan, send: () => Promise<void>): Promise<void> {
  try {
    await callInContext(guard, span.context, send, undefined);
  } catch (error) {
    guard.attempt(() => span.fail(error));
    throw error;
  } finally {
    guard.attempt(() => span.end());
  }
}

/** Starts the span of a publish. In an unrecorded hop, only the headers carry the trace context. */
function start(publish: Publish, options: TracePublishesOptions): TracedPublish {
  const active = context.active();
  if (isUnrecorded(active)) {
    return {
      headers: injectTransportContext(headersToSend(publish, active), active, options.guard),
    };
  }
  const plan = createPlan(publish, options);
  return options.instrumented ? planInstrumented(plan) : startOwn(options, plan);
}

/** The retry of a hop that started a new trace stays in that trace. */
function headersToSend({ kind, message: { headers } }: Publish, active: Context): Headers {
  return kind === 'retry' && hopContextOf(active)?.isOwnTrace === true
    ? markOwnTrace(headers)
    : headers;
}

function markOwnTrace(headers: Headers): Headers {
  return { ...headers, [OWN_TRACE.header]: OWN_TRACE.value };
}

/** The options of a publish's span. */
interface SpanPlan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: Context;
  readonly links: Link[];
  readonly headers: Headers;
}

/** The span of a publish, and the message headers that carry its trace context. */
interface TracedPublish {
  readonly headers: Headers;
  readonly span?: PublishSpan;
}

interface PublishSpan {
  readonly context: Context;
  fail(error: unknown): void;
  end(): void;
}

function createPlan(publish: Publish, options: TracePublishesOptions): SpanPlan {
  const parent = context.active();
  const hopSpan = trace.getSpan(parent);
  const plan = { name: `publish ${publish.to}`, attributes: attributesOf(publish, options) };
  // No trace viewer can draw all children of a wide fan-out in one trace.
  if (hopSpan !== undefined && publish.fanoutSize > options.maxFanout) {
    const links = [createLink(hopSpan.spanContext(), 'fanout')];
    const headers = markOwnTrace(publish.message.headers);
    return { ...plan, parent: trace.deleteSpan(parent), links, headers };
  }
  return { ...plan, parent, links: [], headers: headersToSend(publish, parent) };
}

function attributesOf(publish: Publish, options: TracePublishesOptions): Attributes {
  return {
    [ATTR.system]: options.system,
    [ATTR.operationName]: 'publish',
    [ATTR.operationType]: 'send',
    // The instrumentation knows the exchange and the routing key.
    ...(options.instrumented ? {} : { [ATTR.destination]: publish.to }),
    [ASYA.actor]: options.actor,
    [ASYA.dispatchKind]: publish.kind,
    [ASYA.journeyId]: publish.journeyId,
    [ASYA.envelopeId]: publish.envelopeId,
    [ASYA.parentId]: publish.parentId,
  };
}

function startOwn(
  { tracer, guard }: TracePublishesOptions,
  { name, attributes, parent, links, headers }: SpanPlan,
): TracedPublish {
  const span = tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes, links }, parent);
  const active = trace.setSpan(parent, span);
  return {
    headers: injectTransportContext(headers, active, guard),
    span: {
      context: active,
      fail: (error) => fail(span, error),
      end: () => span.end(),
    },
  };
}

function planInstrumented({ name, attributes, parent, links, headers }: SpanPlan): TracedPublish {
  const publish: PendingPublish = { name, attributes, links };
  return {
    // The instrumentation injects the context into these headers.
    headers: removeTraceContext(headers),
    span: {
      context: setPendingPublish(parent, publish),
      fail: (error) => {
        if (publish.span !== undefined) fail(publish.span.span, error);
      },
      end: () => publish.span?.end(),
    },
  };
}

function fail(span: Span, error: unknown): void {
  if (error instanceof SendError) span.setAttribute(ATTR.errorType, error.code);
  setErrorStatus(span, messageOf(error));
}
