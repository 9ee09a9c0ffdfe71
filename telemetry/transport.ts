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
import { messageOf } from '../src/errors.ts';
import type { Layer } from '../src/hop.ts';
import {
  SendError,
  type Delivery,
  type Headers,
  type Message,
  type SendOptions,
  type Transport,
} from '../src/transport/transport.ts';
import { withPublish, type PublishInHand } from './amqplib.ts';
import { ASYA, ATTR } from './attributes.ts';
import { hopIn, isUnrecorded } from './current.ts';
import { markFailed } from './ending.ts';
import { linkTo, OWN_TRACE, withTransportContext } from './propagation.ts';

export interface TraceTransportOptions {
  readonly actor: string;
  readonly tracer: Tracer;
  /** The value of `messaging.system`. */
  readonly system: string;
  /** A library makes the spans of publishes; they are only completed here. */
  readonly instrumented: boolean;
  readonly maxFanout: number;
}

/** A span `publish <destination>` for each envelope sent, until the broker has confirmed it. */
export function traceTransport(options: TraceTransportOptions): Layer<Transport> {
  const begin = options.instrumented ? beginInstrumented : (plan: Plan) => beginOwn(options.tracer, plan);

  return (next) => {
    async function sendTraced(queue: string, message: Message, sendOptions?: SendOptions): Promise<void> {
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
    }

    return {
      receive: (queue, onDelivery, receiveOptions) =>
        next.receive(queue, inNobodysContext(onDelivery), receiveOptions),
      send(queue, message, sendOptions) {
        const active = context.active();
        return isUnrecorded(active)
          ? next.send(queue, inContext(message, active), sendOptions)
          : sendTraced(queue, message, sendOptions);
      },
      ack: (delivery) => next.ack(delivery),
      nack: (delivery) => next.nack(delivery),
      close: () => next.close(),
    };
  };
}

/** A message that carries a context on, and has no span of its own. */
function inContext(message: Message, active: Context): Message {
  return { ...message, headers: withTransportContext(sentHeaders(message, active), active) };
}

/** The retry of a hop that began a trace of its own stays in that. */
function sentHeaders({ about, headers }: Message, active: Context): Headers {
  return about?.kind === 'retry' && hopIn(active)?.isOwnTrace === true ? markedOwn(headers) : headers;
}

function markedOwn(headers: Headers): Headers {
  return { ...headers, [OWN_TRACE.header]: OWN_TRACE.value };
}

/** A transport may deliver in the context of whoever has just sent. */
function inNobodysContext(onDelivery: (delivery: Delivery) => void): (delivery: Delivery) => void {
  return (delivery) => {
    // Entering a context copies all that is asynchronous, so it is not entered twice.
    if (context.active() === ROOT_CONTEXT) onDelivery(delivery);
    else context.with(ROOT_CONTEXT, onDelivery, undefined, delivery);
  };
}

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
  const parent = context.active();
  const sender = trace.getSpan(parent);
  const plan = { name: `publish ${queue}`, attributes: attributesOf(queue, message, options) };
  // In one tree, a wide fan-out's children are more than anybody's page can draw.
  if (sender !== undefined && isWide(message, options.maxFanout)) {
    const links = [linkTo(sender.spanContext(), 'fanout')];
    return { ...plan, parent: trace.deleteSpan(parent), links, headers: markedOwn(message.headers) };
  }
  return { ...plan, parent, links: [], headers: sentHeaders(message, parent) };
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
  markFailed(span, messageOf(error));
}
