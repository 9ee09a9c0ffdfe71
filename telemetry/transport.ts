import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { messageOf } from '../src/errors.ts';
import type { DispatchKind, Layer } from '../src/hop.ts';
import { SendError, type Headers, type Message, type Transport } from '../src/transport/transport.ts';
import type { Arrivals } from './adopted.ts';
import { withPublish, type PublishInHand } from './amqplib.ts';
import { ASYA, ATTR } from './attributes.ts';
import { MESSAGE_TYPE } from './instruments.ts';
import { isMarkedOwn, linkTo, OWN_TRACE, withTransportContext } from './propagation.ts';
import type { Recorder } from './recorder.ts';

export interface TraceTransportOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** A library makes the spans of publishes and deliveries; they are only completed here. */
  readonly instrumented: boolean;
  readonly maxFanout: number;
  readonly arrivals: Arrivals;
}

/** A span `publish <destination>` for each envelope sent, until the broker has confirmed it. */
export function traceTransport(options: TraceTransportOptions): Layer<Transport> {
  const begin = options.instrumented ? beginInstrumented : (plan: Plan) => beginOwn(options.tracer, plan);

  return (next) => ({
    ...passOn(next),
    receive: (queue, onDelivery, receiveOptions) =>
      next.receive(
        queue,
        (delivery) => {
          options.arrivals.note(delivery);
          // A transport may deliver in the context of whoever has just sent.
          context.with(ROOT_CONTEXT, onDelivery, undefined, delivery);
        },
        receiveOptions,
      ),
    send: async (queue, message, sendOptions) => {
      const publish = begin(planOf(queue, message, options));
      const sent = { ...message, headers: publish.headers };
      try {
        await context.with(publish.context, () => next.send(queue, sent, sendOptions));
      } catch (error) {
        publish.fail(error);
        throw error;
      } finally {
        publish.end();
      }
    },
  });
}

/** Counts and times every publish. Inside of the tracing, so that exemplars point to its span. */
export function measureTransport(record: Recorder): Layer<Transport> {
  return (next) => ({
    ...passOn(next),
    send: async (queue, message, options) => {
      const start = performance.now();
      try {
        await next.send(queue, message, options);
        recordSent(record, queue, message, (performance.now() - start) / 1000);
      } catch (error) {
        const failed = error instanceof SendError ? { 'error.type': error.code } : {};
        recordAttempt(record, queue, (performance.now() - start) / 1000, failed);
        throw error;
      }
    },
  });
}

function passOn(next: Transport): Transport {
  return {
    receive: (queue, onDelivery, options) => next.receive(queue, onDelivery, options),
    send: (queue, message, options) => next.send(queue, message, options),
    ack: (delivery) => next.ack(delivery),
    nack: (delivery) => next.nack(delivery),
    close: () => next.close(),
  };
}

// ── spans ────────────────────────────────────────────────────────────────────────────────────────────────

/** What the span of a publish is to be. */
interface Plan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: Context;
  readonly links: Link[];
  readonly headers: Headers;
}

/** A publish on its way. */
interface Publish {
  readonly context: Context;
  readonly headers: Headers;
  fail(error: unknown): void;
  end(): void;
}

function planOf(queue: string, message: Message, options: TraceTransportOptions): Plan {
  const active = context.active();
  const sender = trace.getSpanContext(active);
  const plan = {
    name: `publish ${queue}`,
    attributes: attributesOf(queue, message, options),
    parent: active,
    links: [],
    headers: message.headers,
  };
  const own = { ...message.headers, [OWN_TRACE.header]: OWN_TRACE.value };
  // In one tree, a wide fan-out's children are more than anybody's page can draw.
  if (sender !== undefined && isWide(message, options.maxFanout)) {
    return { ...plan, parent: trace.deleteSpan(active), links: [linkTo(sender, 'fanout')], headers: own };
  }
  return message.about?.kind === 'retry' && isMarkedOwn(active) ? { ...plan, headers: own } : plan;
}

function isWide({ about }: Message, maxFanout: number): boolean {
  return about !== undefined && about.kind !== 'retry' && (about.fanoutSize ?? 0) > maxFanout;
}

function attributesOf(queue: string, { about }: Message, options: TraceTransportOptions): Attributes {
  return {
    [ATTR.system]: options.system,
    [ATTR.operationName]: 'publish',
    [ATTR.operationType]: 'send',
    // The library knows what the broker calls it.
    ...(options.instrumented ? {} : { [ATTR.destination]: queue }),
    [ASYA.actor]: options.actor,
    [ASYA.dispatchKind]: about?.kind,
    [ASYA.journeyId]: about?.journeyId,
    [ASYA.envelopeId]: about?.envelopeId,
    [ASYA.parentId]: about?.parentId,
  };
}

function beginOwn(tracer: Tracer, { name, attributes, parent, links, headers }: Plan): Publish {
  const span = tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes, links }, parent);
  const active = trace.setSpan(parent, span);
  return {
    context: active,
    headers: withTransportContext(headers, active),
    fail: (error) => fail(span, error),
    end: () => span.end(),
  };
}

function beginInstrumented({ name, attributes, parent, links, headers }: Plan): Publish {
  const publish: PublishInHand = { name, attributes, links };
  return {
    context: withPublish(parent, publish),
    headers,
    fail: (error) => {
      if (publish.span !== undefined) fail(publish.span.span, error);
    },
    end: () => publish.span?.end(),
  };
}

function fail(span: Span, error: unknown): void {
  if (error instanceof SendError) span.setAttribute(ATTR.errorType, error.code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
}

// ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────

function recordSent(record: Recorder, queue: string, { about, body }: Message, seconds: number): void {
  const destination_queue = actorOf(queue);
  record.messagesSent(1, { destination_queue, message_type: MESSAGE_TYPE[kindOf(about?.kind)] });
  record.sendDuration(seconds, { destination_queue });
  record.envelopeSize(body.length, { direction: 'sent' });
  recordAttempt(record, queue, seconds, {});
}

function recordAttempt(
  record: Recorder,
  queue: string,
  seconds: number,
  failed: { 'error.type'?: SendError['code'] },
): void {
  const labels = { [ATTR.destination]: actorOf(queue), ...failed };
  record.sentMessages(1, labels);
  record.operationDuration(seconds, labels);
}

/** A parking place counts as its actor's. */
function actorOf(queue: string): string {
  return queue.split(':', 1)[0] ?? queue;
}

function kindOf(kind: string | undefined): DispatchKind {
  return kind !== undefined && kind in MESSAGE_TYPE ? (kind as DispatchKind) : 'next';
}
