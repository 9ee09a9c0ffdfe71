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
import { isUnrecorded } from './current.ts';
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
  return new SparingInstrumentation({
    // Its default ends the span of a hop that takes longer than a minute.
    consumeTimeoutMs: 0,
    publishHook: completePublish,
    consumeHook: completeDelivery,
  });
}

/** Publishes of what is not recorded go round the library, which spends as much on them as on those that are. */
class SparingInstrumentation extends AmqplibInstrumentation {
  protected override init(): ReturnType<AmqplibInstrumentation['init']> {
    const definition = super.init();
    for (const file of definition.files) {
      const patch = file.patch.bind(file);
      file.patch = (exported: Exported, version) => patchSparingly(exported, () => patch(exported, version));
    }
    return definition;
  }
}

/** What a file of amqplib exports; only some have channels. */
interface Exported {
  readonly Channel?: { readonly prototype: Publishing };
  readonly ConfirmChannel?: { readonly prototype: Publishing };
}

interface Publishing {
  publish: (this: unknown, ...args: unknown[]) => unknown;
}

function patchSparingly({ Channel, ConfirmChannel }: Exported, patch: () => unknown): unknown {
  const channels = [Channel, ConfirmChannel].filter((channel) => channel !== undefined);
  const originals = channels.map(({ prototype }) => [prototype, prototype.publish] as const);
  const patched = patch();
  for (const [prototype, original] of originals) {
    const { publish: traced } = prototype;
    prototype.publish = function publish(...args) {
      return (isUnrecorded(context.active()) ? original : traced).apply(this, args);
    };
  }
  return patched;
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
