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
import { ATTR, destinationOf } from '../attributes.ts';
import { isUnrecorded } from '../context/hopContext.ts';
import { markFailed } from './spanStatus.ts';
import { Guard } from '../guard.ts';

/**
 * On RabbitMQ the spans of publishes are those of @opentelemetry/instrumentation-amqplib, which
 * calls every publish after its exchange and knows the conventions of 2021. Here they get their
 * names.
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
 * Of the library only publishes that are recorded. On those that are not it spends as much, and
 * hops make spans of their own on every transport: the library's would have to be renamed, kept
 * open and, where the envelope is in another trace, left as a stray.
 */
class SparingInstrumentation extends AmqplibInstrumentation {
  protected override init(): ReturnType<AmqplibInstrumentation['init']> {
    const definition = super.init();
    const guard = new Guard((error) =>
      diag.error('amqplib instrumentation failed; messages are published without its spans', error),
    );
    for (const file of definition.files) {
      const patch = file.patch.bind(file);
      file.patch = (exported: Exported, version) => {
        const { Channel, ConfirmChannel } = exported;
        const spare = [Channel, ConfirmChannel].map(
          (channel) => channel && sparing(guard, channel.prototype),
        );
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

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What the library wraps, on a channel. */
type Methods = Record<
  'publish' | 'consume' | 'ack' | 'nack' | 'reject' | 'ackAll' | 'nackAll' | 'emit',
  Method
>;

/** To be called before the library wraps the methods; the function that it returns, after that. */
function sparing(guard: Guard, prototype: Methods): () => void {
  const { publish: original, consume, ack, nack, reject, ackAll, nackAll, emit } = prototype;
  const { outer, inner } = guardPublish(guard, original);
  prototype.publish = inner;
  return () => {
    const publish = outer(prototype.publish);
    Object.assign(prototype, { publish, consume, ack, nack, reject, ackAll, nackAll, emit });
  };
}

/** A publish on its way through the library. */
interface Passage {
  readonly confirmed: Method | undefined;
  hasBegun: boolean;
  returned?: { readonly value: unknown };
}

/**
 * Publishes exactly once, whatever the library throws: before the publish, where it starts a span
 * and injects its context, or at the confirm, where it ends the span. `inner` is what the library
 * wraps; `outer` wraps the library.
 */
function guardPublish(
  guard: Guard,
  original: Method,
): { inner: Method; outer: (traced: Method) => Method } {
  let passage: Passage | undefined;
  return {
    inner(...args) {
      const own = passage;
      passage = undefined;
      if (own === undefined) return original.apply(this, args);
      own.hasBegun = true;
      const [exchange, routingKey, content, options, onConfirm] = args;
      const confirmed =
        typeof onConfirm === 'function' ? guardConfirm(guard, onConfirm as Method, own) : onConfirm;
      own.returned = {
        value: original.call(this, exchange, routingKey, content, options, confirmed),
      };
      return own.returned.value;
    },
    outer: (traced) =>
      function publish(...args) {
        if (guard.attempt(() => isUnrecorded(context.active())) ?? true)
          return original.apply(this, args);
        const [exchange, routingKey, content, options, confirmed] = args;
        const own: Passage = { confirmed: confirmed as Method | undefined, hasBegun: false };
        passage = own;
        try {
          return traced.call(this, exchange, routingKey, content, options);
        } catch (error) {
          if (own.hasBegun && own.returned === undefined) throw error;
          guard.reportOnce(error);
          return own.returned === undefined ? original.apply(this, args) : own.returned.value;
        } finally {
          passage = undefined;
        }
      },
  };
}

/** The library's listener for the confirm is called first, then the publisher's. */
function guardConfirm(guard: Guard, onConfirm: Method, { confirmed }: Passage): Method {
  return function confirm(...result) {
    guard.attempt(() => onConfirm.apply(this, result));
    confirmed?.apply(this, result);
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
 * The library ends a span at the confirm, although the message was returned as unroutable: it ends
 * when the returned function is called.
 */
function takeOver(span: Span): () => void {
  const end = span.end.bind(span);
  span.end = () => {};
  return end;
}
