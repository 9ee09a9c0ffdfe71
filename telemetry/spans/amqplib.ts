import {
  context,
  createContextKey,
  diag,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { AmqplibInstrumentation, type PublishInfo } from '@opentelemetry/instrumentation-amqplib';
import { ATTR, joinDestination } from '../attributes.ts';
import { Guard } from '../guard.ts';
import { guardPublish, type Method } from './guardPublish.ts';
import { setErrorStatus } from './errorStatus.ts';

/**
 * A publish whose span the instrumentation creates. On RabbitMQ,
 * `@opentelemetry/instrumentation-amqplib` creates the spans of publishes; it names each after its
 * exchange and follows the conventions of 2021. `tracePublishes` puts this into the context, and
 * the publish hook completes the span with it.
 */
export interface PendingPublish {
  readonly name: string;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  /** The span of the last try. */
  span?: { readonly span: Span; readonly end: () => void };
}

export function setPendingPublish(active: Context, publish: PendingPublish): Context {
  return active.setValue(PUBLISH, publish);
}

export function createAmqplibInstrumentation(): AmqplibInstrumentation {
  return new PublishInstrumentation({ publishHook: completePublish });
}

/**
 * Restricts the instrumentation to the publishes that `tracePublishes` records. An unrecorded one
 * would cost as much, and a copy for a reply queue is not part of the journey. Its consumer spans
 * are not used: the sidecar creates its own on every transport.
 */
class PublishInstrumentation extends AmqplibInstrumentation {
  protected override init(): ReturnType<AmqplibInstrumentation['init']> {
    const definition = super.init();
    const guard = new Guard((error) =>
      diag.error('amqplib instrumentation failed; publishing without its spans', error),
    );
    for (const file of definition.files) {
      const patch = file.patch.bind(file);
      file.patch = (exported: AmqplibExports, version) => {
        const channels = [exported.Channel, exported.ConfirmChannel];
        const restores = channels.map(
          (channel) => channel && restrictToPublish(guard, channel.prototype),
        );
        const patched = patch(exported, version);
        for (const restore of restores) restore?.();
        return patched;
      };
    }
    return definition;
  }
}

/** The exports of a file of amqplib; only some files export channels. */
interface AmqplibExports {
  readonly Channel?: { readonly prototype: ChannelMethods };
  readonly ConfirmChannel?: { readonly prototype: ChannelMethods };
}

/** The methods of a channel that the instrumentation wraps. */
type ChannelMethods = Record<
  'publish' | 'consume' | 'ack' | 'nack' | 'reject' | 'ackAll' | 'nackAll' | 'emit',
  Method
>;

/**
 * Prepares a channel for the instrumentation, which wraps its methods next. The returned function
 * must be called afterwards: it guards the wrapped `publish` and restores the other methods.
 */
function restrictToPublish(guard: Guard, prototype: ChannelMethods): () => void {
  const { publish: original, consume, ack, nack, reject, ackAll, nackAll, emit } = prototype;
  const { outer, inner } = guardPublish(guard, original, isPending);
  prototype.publish = inner;
  return () => {
    const publish = outer(prototype.publish);
    Object.assign(prototype, { publish, consume, ack, nack, reject, ackAll, nackAll, emit });
  };
}

const PUBLISH = createContextKey('asya.publish');

function isPending(active: Context): boolean {
  return active.getValue(PUBLISH) !== undefined;
}

function completePublish(span: Span, { exchange, routingKey, options }: PublishInfo): void {
  if (!span.isRecording()) return;
  span.setAttributes({
    [ATTR.operationName]: 'publish',
    [ATTR.operationType]: 'send',
    [ATTR.destination]: joinDestination(exchange, routingKey),
    [ATTR.routingKey]: routingKey,
    [ATTR.messageId]: options?.messageId,
  });
  const publish = context.active().getValue(PUBLISH) as PendingPublish | undefined;
  if (publish === undefined) return;
  if (publish.span !== undefined) {
    setErrorStatus(publish.span.span, 'not confirmed; published again');
    publish.span.end();
  }
  span
    .updateName(publish.name)
    .setAttributes(publish.attributes)
    .addLinks([...publish.links]);
  publish.span = { span, end: takeOverEnd(span) };
}

/**
 * Makes the returned function the only way to end a span. The instrumentation ends it at the
 * confirm, even if the broker has returned the message as unroutable.
 */
function takeOverEnd(span: Span): () => void {
  const end = span.end.bind(span);
  span.end = () => {};
  return end;
}
