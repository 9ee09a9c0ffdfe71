import type { Channel, ConsumeMessage } from 'amqplib';
import { randomUUID } from 'node:crypto';
import type { Log } from '../../../log.ts';
import { SECOND } from '../../../units.ts';
import type { BrokerConnection, Server } from '../connection/connect.ts';
import { settledWithin } from '../connection/lifetime.ts';
import { reasonOf } from '../connection/reply.ts';
import { AckBatcher } from './ackBatcher.ts';
import type { DeliverySession, RabbitmqDelivery } from './delivery.ts';

export interface ConsumerSessionOptions {
  readonly connection: BrokerConnection;
  /** The queue's name on the broker. */
  readonly queue: string;
  readonly prefetch: number;
  readonly toDelivery: (message: ConsumeMessage, session: DeliverySession) => RabbitmqDelivery;
  readonly onDelivery: (delivery: RabbitmqDelivery) => void;
  readonly log: Log;
}

/** The reason why a session receives no further deliveries. */
export type SessionEnd = 'cancelled' | 'closed' | 'stream';

/** The broker's time limit to answer `channel.close`, which proves that it has all acks. */
const CLOSE_TIMEOUT_MS = 2 * SECOND;

/**
 * One consumer on a separate channel. The channel stays open after the consumer is cancelled, until
 * every delivery is settled.
 *
 *   opening ──consume-ok──▶ consuming ──cancel()───────────▶ draining ──all settled──▶ closed
 *                               │
 *                               ├──cancelled by broker───▶ draining, orphaned ───────▶ closed
 *                               ├──abandon()─────────────────────────────▶ closed, orphaned
 *                               └──channel lost, stream──────────────────▶ closed
 *
 * - In `closed` a delivery cannot be settled, and the broker delivers it again.
 * - `orphaned` deliveries belong to a deleted queue: they can be settled, without effect on the
 *   broker.
 */
export class ConsumerSession implements DeliverySession {
  readonly #options: ConsumerSessionOptions;
  readonly #channel: Channel;
  readonly #acks: AckBatcher;
  /** Chosen by the client, since deliveries can precede `consume-ok`. */
  readonly #consumerTag = randomUUID();
  readonly #ended = Promise.withResolvers<SessionEnd>();
  readonly #received = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #state: 'opening' | 'consuming' | 'draining' | 'closed' = 'opening';
  #isOrphaned = false;
  #hasReceived = false;
  #unsettledCount = 0;

  /** Rejects with the broker's reply code when the broker refuses the consumer. */
  static async open(options: ConsumerSessionOptions): Promise<ConsumerSession> {
    const channel = await options.connection.createChannel();
    const session = new ConsumerSession(options, channel);
    await session.#consume();
    return session;
  }

  private constructor(options: ConsumerSessionOptions, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
    this.#acks = new AckBatcher(channel);
    channel.on('error', (error) => this.#onError(error));
    channel.once('close', () => this.#onClosed());
  }

  get queue(): string {
    return this.#options.queue;
  }

  get server(): Server {
    return this.#options.connection.server;
  }

  get orphaned(): boolean {
    return this.#isOrphaned;
  }

  /**
   * Resolves when no further delivery follows: the broker cancelled the consumer, the channel was
   * closed, or the queue is a stream, which is not consumed.
   */
  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  /** Resolves at the first delivery, unless the queue is a stream. */
  get received(): Promise<void> {
    return this.#received.promise;
  }

  /** Resolves when the channel is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves when the broker has cancelled the consumer; no delivery follows. */
  async cancel(): Promise<void> {
    if (this.#state !== 'closed' && !this.#isOrphaned) {
      await this.#channel.cancel(this.#consumerTag);
    }
    this.#drain();
  }

  /**
   * Abandons the session after its queue was declared again. The broker attaches this consumer to
   * the new queue and reuses its delivery tags, so no ack may follow.
   */
  abandon(): void {
    this.#state = 'closed';
    this.#orphan();
    this.#closeChannel();
  }

  /** Closes the channel after all acks are sent. Never rejects. */
  async close(): Promise<void> {
    this.#acks.flush();
    this.#closeChannel();
    await settledWithin(CLOSE_TIMEOUT_MS, this.closed);
  }

  settle(delivery: RabbitmqDelivery, how: 'ack' | 'nack'): boolean {
    if (delivery.isSettled || this.hasLost(delivery)) return false;
    if (this.#state !== 'closed') {
      if (how === 'ack') this.#acks.ack(delivery.message);
      else if (!this.#acks.nack(delivery.message)) return false;
    }
    delivery.isSettled = true;
    this.#unsettledCount--;
    if (this.#state === 'draining') this.#drain();
    return true;
  }

  hasLost(delivery: RabbitmqDelivery): boolean {
    return this.#state === 'closed' && !this.#isOrphaned && !delivery.isSettled;
  }

  async #consume(): Promise<void> {
    const { queue, prefetch } = this.#options;
    // `prefetch` applies only to consumers that start after it.
    await this.#channel.prefetch(prefetch);
    await this.#channel.consume(queue, (message) => this.#onMessage(message), {
      consumerTag: this.#consumerTag,
    });
    if (this.#state === 'opening') this.#state = 'consuming';
  }

  /** amqplib closes the channel when this callback throws. */
  #onMessage(message: ConsumeMessage | null): void {
    if (message === null) {
      this.#orphan();
      return this.#drain();
    }
    if (this.#state === 'closed') return; // the broker requeues the message
    if (!this.#hasReceived) {
      this.#hasReceived = true;
      if (isFromStream(message)) return this.#refuseStream();
      this.#received.resolve();
    }
    this.#acks.onReceived(message);
    this.#deliver(message);
  }

  #deliver(message: ConsumeMessage): void {
    const { queue, toDelivery, onDelivery, log } = this.#options;
    try {
      const delivery = toDelivery(message, this);
      this.#unsettledCount++;
      onDelivery(delivery);
    } catch (error) {
      log.error({ err: error, queue }, 'delivery callback failed; message stays unsettled');
    }
  }

  #orphan(): void {
    this.#isOrphaned = true;
    this.#ended.resolve('cancelled');
  }

  #refuseStream(): void {
    this.#state = 'closed';
    this.#ended.resolve('stream');
    this.#closeChannel();
  }

  /** Closes the channel once every delivery is settled. */
  #drain(): void {
    if (this.#state === 'closed') return;
    this.#state = 'draining';
    if (this.#unsettledCount > 0) return;
    this.#acks.flush();
    this.#closeChannel();
  }

  #closeChannel(): void {
    this.#channel.close().catch(() => {}); // the channel is closing or closed already
  }

  #onError(error: unknown): void {
    // A refused consumer rejects `consume` with the same error.
    if (this.#state === 'opening') return;
    const { queue, log } = this.#options;
    log.warn({ queue, reason: reasonOf(error) }, 'consuming channel closed by the broker');
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#ended.resolve('closed');
    this.#closed.resolve();
  }
}

/**
 * A stream delivers each message with its offset and never as redelivered. A producer can set the
 * same header; its message is requeued with the channel and delivered again as redelivered.
 */
function isFromStream({ fields, properties }: ConsumeMessage): boolean {
  const offset: unknown = properties.headers?.['x-stream-offset'];
  return !fields.redelivered && offset !== undefined;
}
