import {
  context,
  ROOT_CONTEXT,
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
import type { Headers, Message } from '../../src/transport/message.ts';
import { SendError, type Delivery, type Transport } from '../../src/transport/transport.ts';
import { withPublish, type PublishInHand } from './amqplib.ts';
import { ASYA, ATTR } from '../attributes.ts';
import { callInContext, hopIn, isUnrecorded } from '../context/hopContext.ts';
import { markFailed } from './spanStatus.ts';
import type { Guard } from '../guard.ts';
import { withoutContext, withTransportContext } from '../context/propagation.ts';
import { linkTo, OWN_TRACE } from '../context/spanParent.ts';

export interface TraceTransportOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** A library makes the spans of publishes; they are only completed here. */
  readonly instrumented: boolean;
  readonly maxFanout: number;
  readonly guard: Guard;
}

/** A span `publish <destination>` for each envelope sent, until the broker has confirmed it. */
export function traceTransport(options: TraceTransportOptions): Layer<Transport> {
  const { guard } = options;

  return (next) => ({
    receive: (queue, onDelivery, receiveOptions) =>
      next.receive(queue, inRootContext(guard, onDelivery), receiveOptions),
    send(queue, message, sendOptions) {
      const publish = guard.attempt(() => begin(queue, message, options));
      const sent = publish === undefined ? message : { ...message, headers: publish.headers };
      const send = (): Promise<void> => next.send(queue, sent, sendOptions);
      return publish?.span === undefined ? send() : record(guard, publish.span, send);
    },
    ack: (delivery) => next.ack(delivery),
    nack: (delivery) => next.nack(delivery),
    close: () => next.close(),
  });
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

/**
 * A publish of a hop that is not recorded has no span; its headers still carry the trace context.
 */
function begin(queue: string, message: Message, options: TraceTransportOptions): Publish {
  const active = context.active();
  if (isUnrecorded(active)) {
    return { headers: withTransportContext(sentHeaders(message, active), active, options.guard) };
  }
  const plan = planOf(queue, message, options);
  return options.instrumented ? beginInstrumented(plan) : beginOwn(options, plan);
}

/** The retry of a hop that began a trace of its own stays in that. */
function sentHeaders({ about, headers }: Message, active: Context): Headers {
  return about?.kind === 'retry' && hopIn(active)?.isOwnTrace === true
    ? markedOwn(headers)
    : headers;
}

function markedOwn(headers: Headers): Headers {
  return { ...headers, [OWN_TRACE.header]: OWN_TRACE.value };
}

/** A transport may deliver in the context of a sender; a delivery belongs to none. */
function inRootContext(
  guard: Guard,
  onDelivery: (delivery: Delivery) => void,
): (delivery: Delivery) => void {
  return (delivery) => {
    // Entering a context copies all asynchronous state, so the root context is not entered twice.
    const isInRoot = guard.attempt(() => context.active() === ROOT_CONTEXT) ?? true;
    if (isInRoot) onDelivery(delivery);
    else callInContext(guard, ROOT_CONTEXT, onDelivery, delivery);
  };
}

/** How the span of a publish is made. */
interface Plan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: Context;
  readonly links: Link[];
  readonly headers: Headers;
}

/** A publish that is about to be sent. */
interface Publish {
  readonly headers: Headers;
  readonly span?: PublishSpan;
}

interface PublishSpan {
  readonly context: Context;
  fail(error: unknown): void;
  end(): void;
}

function planOf(queue: string, message: Message, options: TraceTransportOptions): Plan {
  const parent = context.active();
  const sender = trace.getSpan(parent);
  const plan = { name: `publish ${queue}`, attributes: attributesOf(queue, message, options) };
  // In one tree, a wide fan-out's children are more than anybody's page can draw.
  if (sender !== undefined && isWide(message, options.maxFanout)) {
    const links = [linkTo(sender.spanContext(), 'fanout')];
    return {
      ...plan,
      parent: trace.deleteSpan(parent),
      links,
      headers: markedOwn(message.headers),
    };
  }
  return { ...plan, parent, links: [], headers: sentHeaders(message, parent) };
}

function isWide({ about }: Message, maxFanout: number): boolean {
  return about !== undefined && about.kind !== 'retry' && (about.fanoutSize ?? 0) > maxFanout;
}

function attributesOf(
  queue: string,
  { about }: Message,
  options: TraceTransportOptions,
): Attributes {
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

function beginOwn(
  { tracer, guard }: TraceTransportOptions,
  { name, attributes, parent, links, headers }: Plan,
): Publish {
  const span = tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes, links }, parent);
  const active = trace.setSpan(parent, span);
  return {
    headers: withTransportContext(headers, active, guard),
    span: {
      context: active,
      fail: (error) => fail(span, error),
      end: () => span.end(),
    },
  };
}

function beginInstrumented({ name, attributes, parent, links, headers }: Plan): Publish {
  const publish: PublishInHand = { name, attributes, links };
  return {
    // The library injects into them.
    headers: withoutContext(headers),
    span: {
      context: withPublish(parent, publish),
      fail: (error) => {
        if (publish.span !== undefined) fail(publish.span.span, error);
      },
      end: () => publish.span?.end(),
    },
  };
}

function fail(span: Span, error: unknown): void {
  if (error instanceof SendError) span.setAttribute(ATTR.errorType, error.code);
  markFailed(span, messageOf(error));
}
