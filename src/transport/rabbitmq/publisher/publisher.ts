import { IllegalOperationError, type ChannelModel } from 'amqplib';
import { messageOf } from '../../../faults.ts';
import type { Log } from '../../../log.ts';
import { createMessageIds } from '../../messageIds.ts';
import type { Address } from '../topology/plan.ts';
import type { Message } from '../../message.ts';
import { SendError, type SendErrorCode } from '../../transport.ts';
import { createConfirms } from './confirmTracker.ts';
import { cut, whileOpen } from '../connection/connect.ts';
import { createPropertiesWriter } from '../properties/properties.ts';
import {
  ACCESS_REFUSED,
  openPublishChannel,
  PublishRefusal,
  type PublishChannel,
} from './publishChannel.ts';

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

/** How often the broker has to refuse a message that is published alone. */
const MAX_REFUSALS = 2;
const MAX_REFUSED_ADDRESSES = 1_000;

/**
 * All messages share one channel, without waiting for each other. When the broker refuses one of
 * them, it closes the channel, and does not report which of the unconfirmed messages it took: they
 * are published again one by one, on a channel of their own. So do messages to an address that was
 * refused before, so that no neighbour is published twice.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { confirmTimeoutMs, ready, onBlocked, onUnroutable, log } = options;
  const confirms = createConfirms(confirmTimeoutMs, giveUpOnConfirms);
  const inTurn = createTurns();
  const refusedAddresses = new Set<string>();
  const writeProperties = createPropertiesWriter();
  const nextId = createMessageIds();
  let shared: PublishChannel | undefined;
  let alone: PublishChannel | undefined;
  let blocked = false;
  let closed = false;
  /** What becomes of what is unconfirmed when the connection closes. */
  let atClose: SendErrorCode = 'lost';
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function serve(connection: ChannelModel): Promise<void> {
    // Before the first publish, as the broker may say it in answer to that.
    connection.on('blocked', () => setBlocked(true)).on('unblocked', () => setBlocked(false));
    // A new connection hears of an alarm again.
    connection.once('close', () => setBlocked(false));
    await whileOpen(connection, ready);
    atClose = 'lost';
    await openShared(connection);
  }

  async function openShared(connection: ChannelModel): Promise<void> {
    const onClosed = ({ refusal }: PublishChannel): void => {
      shared = undefined;
      queueMicrotask(() => void replace(connection, refusal));
    };
    shared = await openPublishChannel({
      connection,
      onReturned: confirms.setReturned,
      onClosed,
      log,
    });
    announce();
  }

  /** After a refusal the connection goes on; otherwise another one is made, after a back-off. */
  async function replace(
    connection: ChannelModel,
    refusal: PublishRefusal | undefined,
  ): Promise<void> {
    try {
      if (refusal === undefined) await connection.close();
      else await openShared(connection);
    } catch {
      await connection.close().catch(() => {}); // it is closed already
    }
  }

  function setBlocked(now: boolean): void {
    if (now === blocked) return;
    blocked = now;
    confirms.setBlocked(now);
    onBlocked(now);
    announce();
  }

  async function send(to: Address, message: Message): Promise<void> {
    if (refusedAddresses.size > 0 && refusedAddresses.has(describe(to)))
      return sendAlone(to, message);
    // Nothing is awaited when nothing has to be, so that messages leave in the order in which they
    // are sent.
    const open = usable() ?? (await untilUsable());
    try {
      await publish(open, to, message);
    } catch (error) {
      if (!(error instanceof PublishRefusal)) throw error;
      await sendAlone(to, message).catch(mayBeWritten);
    }
  }

  /** Nothing else is unconfirmed on its channel: what the broker refuses there is this message. */
  function sendAlone(to: Address, message: Message): Promise<void> {
    return inTurn(async () => {
      for (let refusals = 1; ; refusals++) {
        try {
          await publish(await channelForOne(), to, message);
          refusedAddresses.delete(describe(to));
          return;
        } catch (error) {
          if (!(error instanceof PublishRefusal)) throw error;
          if (refusals === MAX_REFUSALS) throw refused(to, error);
        }
      }
    });
  }

  async function channelForOne(): Promise<PublishChannel> {
    const { connection } = await untilUsable();
    if (alone?.isOpen === true && alone.connection === connection) return alone;
    const options = { connection, onReturned: confirms.setReturned, onClosed: () => {}, log };
    try {
      alone = await openPublishChannel(options);
    } catch (error) {
      throw new SendError('lost', messageOf(error), { cause: error });
    }
    return alone;
  }

  function usable(): PublishChannel | undefined {
    if (closed) throw new SendError('lost', 'the transport is closed', { notWritten: true });
    return blocked ? undefined : shared;
  }

  /**
   * Waits without end while the broker is blocked, and at most the confirm time-out while there is
   * no connection.
   */
  async function untilUsable(): Promise<PublishChannel> {
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

  /** @throws {SendError | PublishRefusal} */
  function publish(open: PublishChannel, to: Address, message: Message): Promise<void> {
    const id = nextId();
    const sent = Promise.withResolvers<void>();
    const place = confirms.add(id);
    const confirmed = (error: unknown): void => {
      confirms.remove(place);
      const { returned } = place.value;
      if (error !== null && error !== undefined) sent.reject(failure(open, to, error));
      else if (returned === undefined) sent.resolve();
      else sent.reject(unroutable(to, returned));
    };
    const { body, headers, properties } = message;
    try {
      const how = writeProperties(headers, properties, id);
      open.amqp.publish(to.exchange, to.routingKey, body, how, confirmed);
    } catch (error) {
      confirmed(error instanceof IllegalOperationError ? error : notEncodable(to, error));
    }
    return sent.promise;
  }

  function failure({ isOpen, refusal }: PublishChannel, to: Address, error: unknown): Error {
    if (error instanceof SendError) return error;
    if (refusal !== undefined) return refusal;
    return new SendError(isOpen ? 'unconfirmed' : atClose, `${describe(to)}: ${messageOf(error)}`, {
      cause: error,
    });
  }

  function unroutable(to: Address, words: string): SendError {
    onUnroutable(to);
    return new SendError('unroutable', `${describe(to)}: ${words}`);
  }

  function refused(to: Address, refusal: PublishRefusal): SendError {
    const { code, message } = refusal;
    // Other codes are about the message, not about where it goes.
    if (code === ACCESS_REFUSED && refusedAddresses.size < MAX_REFUSED_ADDRESSES) {
      refusedAddresses.add(describe(to));
    }
    return new SendError('refused', `${describe(to)}: ${message}`, { cause: refusal });
  }

  /** Nothing more is to be learnt on this connection; what is sent again goes on another one. */
  function giveUpOnConfirms(): void {
    log.warn(
      { unconfirmed: confirms.size, confirmTimeoutMs },
      'the broker does not confirm; connecting again',
    );
    atClose = 'unconfirmed';
    if (shared !== undefined) cut(shared.connection);
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

/** The message was published before, beside the one that was refused. */
function mayBeWritten(error: unknown): never {
  if (!(error instanceof SendError) || !error.notWritten || error.code === 'refused') throw error;
  throw new SendError(error.code, error.message, { cause: error });
}

function notEncodable(to: Address, error: unknown): SendError {
  return new SendError('refused', `${describe(to)}: ${messageOf(error)}`, { cause: error });
}

/** Runs one piece of work after the other, in the order of the calls. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined); // its caller is told
    return done;
  };
}

function describe({ exchange, routingKey }: Address): string {
  return exchange === '' ? `queue "${routingKey}"` : `"${routingKey}" at exchange "${exchange}"`;
}
