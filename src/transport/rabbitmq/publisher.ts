import { IllegalOperationError, type ChannelModel, type ConfirmChannel, type Options } from 'amqplib';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { createMessageIds } from '../../messageIds.ts';
import { Roll } from '../../roll.ts';
import { pickStandard } from '../messageProperties.ts';
import type { Address } from '../topology.ts';
import { SendError, type Message, type SendErrorCode } from '../transport.ts';
import { cut, whileOpen } from './connecting.ts';
import { createPropertiesWriter, ownHeaders } from './properties.ts';

/** Publishes on one connection after another, and knows what became of each message. */
export interface Publisher {
  /** Publishes on a connection from now on. */
  readonly serve: (connection: ChannelModel) => Promise<void>;
  /** @throws {SendError} */
  readonly send: (to: Address, message: Message) => Promise<void>;
  /** What is waiting to be sent fails as lost, and so does what is sent from now on. */
  readonly close: () => void;
}

export interface PublisherOptions {
  readonly confirmTimeoutMs: number;
  /** Resolves when there is something to publish to. */
  readonly ready: () => Promise<void>;
  readonly onBlocked: (blocked: boolean) => void;
  readonly onUnroutable: (to: Address) => void;
  readonly log: Log;
}

/** A message that is published and not yet confirmed. */
interface Unconfirmed {
  readonly id: string;
  sinceMs: number;
  /** The broker's words, when no queue took it: it says so first, and then confirms as if all were well. */
  returned?: string;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { confirmTimeoutMs, ready, onBlocked, onUnroutable, log } = options;
  const unconfirmed = new Roll<Unconfirmed>();
  const writeProperties = createPropertiesWriter();
  const nextId = createMessageIds();
  let connection: ChannelModel | undefined;
  let channel: ConfirmChannel | undefined;
  let blocked = false;
  let closed = false;
  /** What becomes of what is unconfirmed when the channel closes. */
  let atClose: SendErrorCode = 'lost';
  let watch: NodeJS.Timeout | undefined;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function serve(model: ChannelModel): Promise<void> {
    // Before the first publish, as the broker may say it in answer to that.
    model.on('blocked', () => setBlocked(true)).on('unblocked', () => setBlocked(false));
    await whileOpen(model, ready);
    const opened = await model.createConfirmChannel();
    opened.on('error', (error) => log.warn({ err: error }, 'the broker closed the channel that publishes'));
    opened.on('return', ({ properties, fields }) => setReturned(properties.messageId, fields));
    // Before amqplib's own listener, which ends what is unconfirmed.
    opened.prependListener('close', () => {
      channel = undefined;
      // The next channel is on the next connection: those are not made one right after the other.
      queueMicrotask(() => void model.close().catch(() => {})); // often it is what has closed the channel
      // A new connection hears of an alarm again.
      setBlocked(false);
    });
    [connection, channel, atClose] = [model, opened, 'lost'];
    announce();
  }

  function setBlocked(now: boolean): void {
    if (now === blocked) return;
    blocked = now;
    // What stands in the socket is executed when the alarm clears, however late: no time-out runs meanwhile.
    for (const { value } of unconfirmed) value.sinceMs = performance.now();
    watchOldest();
    onBlocked(now);
    announce();
  }

  function setReturned(messageId: unknown, fields: object): void {
    for (const { value: message } of unconfirmed) {
      if (message.id !== messageId) continue;
      message.returned = 'replyText' in fields ? String(fields.replyText) : 'returned';
      return;
    }
  }

  async function send(to: Address, message: Message): Promise<void> {
    // Nothing is awaited when nothing has to be, so that messages leave in the order in which they are sent.
    const open = usable() ?? (await untilUsable());
    await publish(open, to, message);
  }

  function usable(): ConfirmChannel | undefined {
    if (closed) throw new SendError('lost', 'the transport is closed', { notWritten: true });
    return blocked ? undefined : channel;
  }

  /** Waits without end while the broker is blocked, and for so long while there is no connection. */
  async function untilUsable(): Promise<ConfirmChannel> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      announce();
    }, confirmTimeoutMs);
    try {
      for (;;) {
        const open = usable();
        if (open !== undefined) return open;
        if (late && !blocked) {
          throw new SendError('lost', `no connection, or no exchange, in ${confirmTimeoutMs} ms`, {
            notWritten: true,
          });
        }
        await changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function publish(open: ConfirmChannel, to: Address, message: Message): Promise<void> {
    const id = nextId();
    const waiting: Unconfirmed = { id, sinceMs: performance.now() };
    const sent = Promise.withResolvers<void>();
    const place = unconfirmed.add(waiting);
    const confirmed = (error: unknown): void => {
      unconfirmed.remove(place);
      if (error !== null && error !== undefined) sent.reject(refusal(to, error));
      else if (waiting.returned === undefined) sent.resolve();
      else sent.reject(unroutable(to, waiting.returned));
    };
    if (watch === undefined) watchOldest();
    try {
      publishOrLess(open, to, message, id, confirmed);
    } catch (error) {
      confirmed(error);
    }
    return sent.promise;
  }

  /** amqplib cannot encode headers of more than 64 KiB, nor some that it has decoded itself. */
  function publishOrLess(
    open: ConfirmChannel,
    { exchange, routingKey }: Address,
    { body, headers, properties }: Message,
    id: string,
    confirmed: (error: unknown) => void,
  ): void {
    const attempt = (how: Options.Publish): boolean =>
      open.publish(exchange, routingKey, body, how, confirmed);
    try {
      attempt(writeProperties(headers, properties, id));
    } catch (error) {
      if (error instanceof IllegalOperationError) throw error;
      log.warn({ err: error, routingKey }, 'headers that cannot be encoded are left out of a message');
      attempt(writeProperties(ownHeaders(headers), properties && pickStandard(properties), id));
    }
  }

  function refusal(to: Address, error: unknown): SendError {
    const code = channel === undefined ? atClose : 'unconfirmed';
    return new SendError(code, `${describe(to)}: ${messageOf(error)}`, { cause: error });
  }

  function unroutable(to: Address, words: string): SendError {
    onUnroutable(to);
    return new SendError('unroutable', `${describe(to)}: ${words}`);
  }

  /** One timer for all, since all have the same time and stand in the order in which they were published. */
  function watchOldest(): void {
    clearTimeout(watch);
    watch = undefined;
    const { oldest } = unconfirmed;
    if (oldest === undefined || blocked) return;
    const leftMs = oldest.sinceMs + confirmTimeoutMs - performance.now();
    if (leftMs <= 0) return giveUpOnConfirms();
    watch = setTimeout(watchOldest, leftMs).unref();
  }

  /** Nothing more is to be learnt on this channel; whoever sends again does so on another connection. */
  function giveUpOnConfirms(): void {
    log.warn(
      { unconfirmed: unconfirmed.size, confirmTimeoutMs },
      'the broker does not confirm; connecting again',
    );
    atClose = 'unconfirmed';
    if (connection !== undefined) cut(connection);
  }

  return {
    serve,
    send,
    close: () => {
      closed = true;
      announce();
    },
  };
}

function describe({ exchange, routingKey }: Address): string {
  return exchange === '' ? `queue "${routingKey}"` : `"${routingKey}" at exchange "${exchange}"`;
}
