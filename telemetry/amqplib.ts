import {
  context,
  createContextKey,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { AmqplibInstrumentation, type PublishInfo } from '@opentelemetry/instrumentation-amqplib';
import { ATTR, destinationOf } from './attributes.ts';
import { isUnrecorded } from './current.ts';
import { markFailed } from './ending.ts';

/**
 * On RabbitMQ the spans of publishes are those of @opentelemetry/instrumentation-amqplib, which calls every publish
 * after its exchange and knows the conventions of 2021. Here they get their names.
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
  return new SparingInstrumentation({ publishHook: completePublish });
}

/**
 * Of the library only publishes that are recorded. On those that are not it spends as much, and hops make spans of
 * their own on every transport: the library's would have to be renamed, kept open and, where the envelope is in another
 * trace, left as a stray.
 */
class SparingInstrumentation extends AmqplibInstrumentation {
  protected override init(): ReturnType<AmqplibInstrumentation['init']> {
    const definition = super.init();
    for (const file of definition.files) {
      const patch = file.patch.bind(file);
      file.patch = (exported: Exported, version) => {
        const { Channel, ConfirmChannel } = exported;
        const spare = [Channel, ConfirmChannel].map((channel) => channel && sparing(channel.prototype));
        const patched = patch(exported, version);
        for (const put of spare) put?.();
        return patched;
      };
    }
    return definition;
  }
}

/** What a file of amqplib exports; only some have channels. */
interface Exported {
  readonly Channel?: { readonly prototype: Methods };
  readonly ConfirmChannel?: { readonly prototype: Methods };
}

/** What the library puts itself round, on a channel. */
type Methods = Record<
  'publish' | 'consume' | 'ack' | 'nack' | 'reject' | 'ackAll' | 'nackAll' | 'emit',
  (this: unknown, ...args: unknown[]) => unknown
>;

/** To be called before the library comes; what it returns, after that. */
function sparing(prototype: Methods): () => void {
  const { publish: original, consume, ack, nack, reject, ackAll, nackAll, emit } = prototype;
  return () => {
    const { publish: traced } = prototype;
    const publish: Methods['publish'] = function publish(...args) {
      return (isUnrecorded(context.active()) ? original : traced).apply(this, args);
    };
    Object.assign(prototype, { publish, consume, ack, nack, reject, ackAll, nackAll, emit });
  };
}

const PUBLISH = createContextKey('asya.publish');

function completePublish(span: Span, { exchange, routingKey, options }: PublishInfo): void {
  if (!span.isRecording()) return;
  span.setAttributes({
    [ATTR.operationName]: 'publish',
    [ATTR.operationType]: 'send',
    [ATTR.destination]: destinationOf(exchange, routingKey),
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

/**
 * The library ends a span at the confirm, although the message was returned as unroutable: it ends when the returned
 * function is called.
 */
function takeOver(span: Span): () => void {
  const end = span.end.bind(span);
  span.end = () => {};
  return end;
}
