import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, SECOND } from '../../../units.ts';
import type { Look, QueuedMessage, TakeOptions } from '../../transport.ts';
import { settledWithin } from '../connection/lifetime.ts';
import { toChannelMessage, type ChannelMessage } from './channelMessage.ts';

/** The largest prefetch of one consumer; 0 would deliver only 2,000 messages of a quorum queue. */
export const MAX_PREFETCH = 65_535;
/** More consumers of one channel return their messages out of order. */
const MAX_CONSUMERS = 32;
/** Well below the default of the broker's `consumer_timeout`, 30 minutes. */
const MAX_READ_MS = 10 * MINUTE;
/** The broker's time limit to answer `channel.close`. */
const CLOSE_TIMEOUT_MS = 2 * SECOND;
/** The broker's time limit to return the messages of a closed channel. */
const RETURN_TIMEOUT_MS = SECOND;
const RETURN_POLL_MS = 10;

export interface ChannelReaderOptions extends TakeOptions {
  readonly connection: ChannelModel;
  /** The queue's name on the broker. */
  readonly queue: string;
  readonly onMessage: (message: QueuedMessage) => void;
}

/**
 * Reads the messages of a queue on a separate channel, whose end returns all messages that are not
 * acknowledged, in order. Single nacks, `nack` with `multiple`, `basic.recover` and `basic.get`
 * scramble them. A consumer receives at most as many messages as its prefetch, since none is
 * acknowledged before the next consumer starts. A quorum queue returns the messages of a channel in
 * the order of its consumer tags, if there are at most 32.
 *
 * Nothing of a message is kept after `onMessage`.
 */
export class ChannelReader {
  readonly #options: ChannelReaderOptions;
  readonly #channel: Channel;
  readonly #startedAtMs = Date.now();
  readonly #ended = Promise.withResolvers<Look['end']>();
  #isEnded = false;
  #isClosed = false;
  #callerError: unknown;
  #count = 0;
  #goal = 0;
  #total = 0;
  #otherConsumers = 0;
  #receivedAtMs = 0;
  /** The number of messages after which the current consumer has received its prefetch. */
  #consumerEnd = 0;
  #consumerReceived = Promise.withResolvers<void>();

  /** @throws the broker's error */
  static async open(options: ChannelReaderOptions): Promise<ChannelReader> {
    return new ChannelReader(options, await options.connection.createChannel());
  }

  private constructor(options: ChannelReaderOptions, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
    channel.on('error', (error) => this.#fail(error));
    channel.once('close', () => {
      this.#isClosed = true;
      this.#fail(new Error('the channel was closed'));
    });
    this.#ended.promise.catch(() => {}); // it may reject while a command is pending
  }

  /** @throws the broker's error */
  async read(): Promise<Look> {
    const { stopped } = this.#options;
    const onStop = (): void => this.#end('stopped');
    stopped.addEventListener('abort', onStop, { once: true });
    const timer = setTimeout(() => this.#end('partial'), MAX_READ_MS);
    try {
      const goal = await this.#inspect();
      if (stopped.aborted) onStop();
      const end = await this.#readUntil(goal);
      const [count, total, consumers] = [this.#count, this.#total, this.#otherConsumers];
      return { count, total, asOfMs: this.#startedAtMs, consumers, end };
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', onStop);
      this.#end('complete');
    }
  }

  /** The error with which `room` has ended the reading. */
  get callerError(): unknown {
    return this.#callerError;
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Acknowledges a message. Returns false when the channel is closed. */
  ack(message: ChannelMessage): boolean {
    if (this.#isClosed) return false;
    this.#channel.ack(message.settling);
    return true;
  }

  /**
   * Closes the channel and resolves when the broker has returned the messages. Resolves to whether
   * the broker has all acks. Never rejects.
   */
  async close(): Promise<boolean> {
    this.#end('stopped');
    let isAnswered = false;
    const closing = this.#isClosed ? undefined : this.#channel.close();
    const answered = closing?.then(() => (isAnswered = true));
    await settledWithin(CLOSE_TIMEOUT_MS, answered ?? Promise.resolve());
    if (isAnswered) await settledWithin(RETURN_TIMEOUT_MS, this.#returned());
    return isAnswered;
  }

  /** Returns the number of messages to read. */
  async #inspect(): Promise<number> {
    const { queue, limit } = this.#options;
    const { messageCount, consumerCount } = await this.#channel.checkQueue(queue);
    this.#total = messageCount;
    this.#otherConsumers = consumerCount;
    return Math.min(limit, messageCount);
  }

  async #readUntil(goal: number): Promise<Look['end']> {
    this.#goal = goal;
    for (let consumer = 0; this.#count < goal && !this.#isEnded; consumer++) {
      const accepted = await this.#room(goal - this.#count);
      if (accepted <= 0) this.#end('stopped');
      if (consumer === MAX_CONSUMERS) this.#end('partial');
      if (this.#isEnded) break;
      const tag = `asya-${String(consumer).padStart(2, '0')}`;
      await this.#consume(tag, Math.min(goal - this.#count, accepted, MAX_PREFETCH));
    }
    return this.#isEnded ? this.#ended.promise : 'complete';
  }

  async #room(remaining: number): Promise<number> {
    try {
      return await this.#options.room(remaining);
    } catch (error) {
      this.#callerError = error;
      throw error;
    }
  }

  /**
   * Reads as many messages as the prefetch, and then cancels the consumer: an ack would let one
   * more message through, behind those of the next consumer.
   */
  async #consume(consumerTag: string, prefetch: number): Promise<void> {
    const { queue } = this.#options;
    this.#consumerEnd = this.#count + prefetch;
    this.#consumerReceived = Promise.withResolvers();
    this.#receivedAtMs = Date.now();
    await this.#channel.prefetch(prefetch);
    await this.#channel.consume(queue, (message) => this.#receive(message), { consumerTag });
    const idle = this.#watchIdle();
    await Promise.race([this.#ended.promise, this.#consumerReceived.promise]);
    clearInterval(idle);
    if (!this.#isEnded) await this.#channel.cancel(consumerTag);
  }

  #receive(message: ConsumeMessage | null): void {
    if (this.#isEnded) return;
    if (message === null) return this.#fail(new QueueDeletedError('the queue was deleted'));
    if (this.#count === this.#goal) return;
    this.#count++;
    this.#receivedAtMs = Date.now();
    this.#options.onMessage(toChannelMessage(message, this.#options.queue));
    if (this.#count >= this.#consumerEnd) this.#consumerReceived.resolve();
  }

  #watchIdle(): NodeJS.Timeout {
    const { idleTimeoutMs } = this.#options;
    const endIfIdle = (): void => {
      if (Date.now() - this.#receivedAtMs >= idleTimeoutMs) this.#end('idle');
    };
    // One more turn: deliveries that were received while the event loop was busy are read first.
    return setInterval(() => setImmediate(endIfIdle), idleTimeoutMs / 2);
  }

  /** Resolves when the broker has returned the messages, after the channel is closed. */
  async #returned(): Promise<void> {
    if (this.#count === 0) return;
    const { connection, queue } = this.#options;
    const endsAtMs = Date.now() + RETURN_TIMEOUT_MS;
    const channel = await connection.createChannel();
    channel.on('error', () => {}); // the pending command rejects with the same error
    while (Date.now() < endsAtMs) {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      if (messageCount >= this.#count || consumerCount <= this.#otherConsumers) break;
      await sleep(RETURN_POLL_MS);
    }
    await channel.close();
  }

  #end(end: Look['end']): void {
    this.#isEnded = true;
    this.#ended.resolve(end);
  }

  #fail(error: unknown): void {
    this.#isEnded = true;
    this.#ended.reject(error);
  }
}

/** The broker has cancelled a consumer. */
export class QueueDeletedError extends Error {
  override readonly name = 'QueueDeletedError';
}
