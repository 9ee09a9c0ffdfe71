import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import type { Message } from '../../message.ts';
import { SendError } from '../../transport.ts';
import { whileOpen } from '../connection/lifetime.ts';
import type { Address } from '../topology/plan.ts';
import { IsolatedPublisher } from './isolatedPublisher.ts';
import { PublishChannel } from './publishChannel.ts';
import { PublishConnection } from './publishConnection.ts';
import { asPossiblyWritten, PublishRefusal } from './sendErrors.ts';

export interface PublisherOptions {
  readonly confirmTimeoutMs: number;
  /** Resolves when the topology exists. */
  readonly ready: () => Promise<void>;
  /** Called when an alarm begins or ends, but not when its connection closes. */
  readonly onBlocked: (blocked: boolean) => void;
  readonly onUnroutable: (to: Address) => void;
  /** Returns why there is no connection, if that is known. */
  readonly disconnectReason: () => string | undefined;
  readonly log: Log;
}

/**
 * Publishes on one connection after another and reports the result of each message.
 *
 * All messages share one channel and do not wait for each other. When the broker refuses a message,
 * it closes the channel and does not report which of the unconfirmed messages it stored. The
 * publisher then opens the channel again and publishes those messages one by one (see
 * `IsolatedPublisher`).
 *
 *   disconnected ──connected──▶ opening ──channel open──▶ open ◀──alarm raised, cleared──▶ blocked
 *        ▲                         ▲                        │
 *        │                         └─── message refused ────┤
 *        └───── connection lost, confirm timeout exceeded ──┘
 *
 * `send` waits in every state but `open`: without limit while blocked, otherwise at most
 * `confirmTimeoutMs`. After `close` every waiting and every further `send` rejects.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #isolated: IsolatedPublisher;
  #connection: PublishConnection | undefined;
  #channel: PublishChannel | undefined;
  #isClosed = false;
  /** Resolves at the next change of the fields above, and is then replaced. */
  #changed = Promise.withResolvers<void>();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#isolated = new IsolatedPublisher({
      waitForConnection: async () => (await this.#waitForChannel()).connection,
      openChannel: (connection) => this.#openChannel(connection),
    });
  }

  /** Publishes on this connection from now on. Resolves when a channel is open. */
  async attach(amqp: ChannelModel): Promise<void> {
    const { confirmTimeoutMs, onBlocked, ready, log } = this.#options;
    const connection = new PublishConnection(amqp, {
      confirmTimeoutMs,
      onBlocked: (blocked) => {
        if (connection.isOpen) onBlocked(blocked);
        this.#notifyWaiting();
      },
      log,
    });
    this.#connection = connection;
    await whileOpen(amqp, ready);
    await this.#openSharedChannel(connection);
  }

  /** @throws {SendError} */
  async send(to: Address, message: Message): Promise<void> {
    try {
      if (this.#isolated.isRefused(to)) return await this.#isolated.send(to, message);
      // An open channel is used without an await: messages leave in the order of the calls.
      const channel = this.#usableChannel() ?? (await this.#waitForChannel());
      await channel.publish(to, message);
    } catch (error) {
      if (error instanceof PublishRefusal) return this.#sendIsolated(to, message);
      this.#reportUnroutable(to, error);
      throw error;
    }
  }

  /** Fails all waiting and later sends as lost. */
  close(): void {
    this.#isClosed = true;
    this.#notifyWaiting();
  }

  /** Publishes a message again that shared its channel with a refused message. */
  async #sendIsolated(to: Address, message: Message): Promise<void> {
    try {
      await this.#isolated.send(to, message);
    } catch (error) {
      this.#reportUnroutable(to, error);
      throw asPossiblyWritten(error);
    }
  }

  #reportUnroutable(to: Address, error: unknown): void {
    if (error instanceof SendError && error.code === 'unroutable') this.#options.onUnroutable(to);
  }

  async #openSharedChannel(connection: PublishConnection): Promise<void> {
    this.#channel = await this.#openChannel(connection, ({ refusal }) => {
      this.#channel = undefined;
      queueMicrotask(() => void this.#replaceChannel(connection, refusal));
    });
    this.#notifyWaiting();
  }

  /** The connection survives a refusal. After any other error a new connection is opened. */
  async #replaceChannel(
    connection: PublishConnection,
    refusal: PublishRefusal | undefined,
  ): Promise<void> {
    if (refusal === undefined) return connection.close();
    try {
      await this.#openSharedChannel(connection);
    } catch {
      await connection.close();
    }
  }

  #openChannel(
    connection: PublishConnection,
    onClosed?: (channel: PublishChannel) => void,
  ): Promise<PublishChannel> {
    const { log } = this.#options;
    return PublishChannel.open({
      connection,
      log,
      ...(onClosed === undefined ? {} : { onClosed }),
    });
  }

  #usableChannel(): PublishChannel | undefined {
    if (this.#isClosed)
      throw new SendError('lost', 'the transport is closed', { notWritten: true });
    return this.#connection?.isBlocked === true ? undefined : this.#channel;
  }

  async #waitForChannel(): Promise<PublishChannel> {
    const { confirmTimeoutMs } = this.#options;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#notifyWaiting();
    }, confirmTimeoutMs);
    try {
      for (;;) {
        const channel = this.#usableChannel();
        if (channel !== undefined) return channel;
        if (isLate && this.#connection?.isBlocked !== true) {
          throw this.#unavailable();
        }
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #unavailable(): SendError {
    const { confirmTimeoutMs, disconnectReason } = this.#options;
    const cause = this.#connection?.isOpen === true ? undefined : disconnectReason();
    const wait = `no connection, or no exchange, in ${confirmTimeoutMs} ms`;
    const message = cause === undefined ? wait : `${wait}: ${cause}`;
    return new SendError('lost', message, { notWritten: true });
  }

  #notifyWaiting(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
