import {
  context,
  createContextKey,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import {
  AmqplibInstrumentation,
  type ConsumeInfo,
  type PublishInfo,
} from '@opentelemetry/instrumentation-amqplib';
import { takeOver } from './adopted.ts';
import { ATTR } from './attributes.ts';
import { markFailed } from './ending.ts';

/**
 * On RabbitMQ the spans of publishes and deliveries are those of @opentelemetry/instrumentation-amqplib, which
 * calls every publish after its exchange and knows the conventions of 2021. Here they get their names.
 *
 * What is published travels from the transport layer to the hook in the OpenTelemetry context.
 */
export interface PublishInHand {
  readonly name: string;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  /** The span of the newest try, and how to end it. */
  span?: { readonly span: Span; readonly end: () => void };
}

export function withPublish(active: Context, publish: PublishInHand): Context {
  return active.setValue(PUBLISH, publish);
}

export function createAmqplibInstrumentation(): AmqplibInstrumentation {
  return new AmqplibInstrumentation({
    // Its default ends the span of a hop that takes longer than a minute.
    consumeTimeoutMs: 0,
    publishHook: completePublish,
    consumeHook: completeDelivery,
  });
}

const PUBLISH = createContextKey('asya.publish');

function completePublish(span: Span, { exchange, routingKey, options }: PublishInfo): void {
  if (!span.isRecording()) return;
  span.setAttributes({
    [ATTR.operationName]: 'publish',
    [ATTR.operationType]: 'send',
    [ATTR.destination]: joined(exchange, routingKey),
    [ATTR.routingKey]: routingKey,
    [ATTR.messageId]: options?.messageId,
  });
  const publish = context.active().getValue(PUBLISH) as PublishInHand | undefined;
  if (publish === undefined) return;
  if (publish.span !== undefined) {
    markFailed(publish.span.span, 'not confirmed, published again');
    publish.span.end();
  }
  span
    .updateName(publish.name)
    .setAttributes(publish.attributes)
    .addLinks([...publish.links]);
  publish.span = { span, end: takeOver(span) };
}

function completeDelivery(span: Span, { msg }: ConsumeInfo): void {
  if (!span.isRecording()) return;
  const { exchange, routingKey, deliveryTag } = msg.fields;
  span.setAttributes({
    [ATTR.operationName]: 'process',
    [ATTR.operationType]: 'process',
    [ATTR.destination]: joined(exchange, routingKey, queueOf(span)),
    [ATTR.routingKey]: routingKey,
    [ATTR.deliveryTag]: deliveryTag,
  });
}

/** The queue's name, which the hook is told nowhere but in the name of a span that is recorded. */
function queueOf(span: Span): string {
  const name = 'name' in span && typeof span.name === 'string' ? span.name : '';
  return name.replace(/ process$/, '');
}

/** As the conventions for RabbitMQ name a destination: empty and repeated parts are left out. */
function joined(...parts: readonly string[]): string {
  return [...new Set(parts)].filter((part) => part !== '').join(':');
}
