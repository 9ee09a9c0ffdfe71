import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { MINUTE, SECOND } from '../../../units.ts';
import type { Look, LookOptions, QueuedMessage } from '../../inspection/queueReader.ts';
import { settledWithin } from '../connection/lifetime.ts';
import { toChannelMessage, type ChannelMessage } from './channelMessage.ts';
import { IdleWatch } from './idleWatch.ts';
import { PartPause } from './partPause.ts';
import { countMessages } from './queueCounts.ts';
import { untilReturned } from './untilReturned.ts';

/** The largest prefetch of one consumer; 0 would deliver only 2,000 messages of a quorum queue. */
const MAX_PREFETCH = 65_535;
/** With more than 32 consumers, a channel returns messages out of order. One flushes the acks. */
const MAX_CONSUMERS = 31;
/** Well below the default of the broker's `consumer_timeout`, 30 minutes. */
const MAX_READ_MS = 10 * MINUTE;
/** The time limit of the queue to count its messages. */
const COUNT_TIMEOUT_MS = 30 * SECOND;
/**
 * The broker's time limit to answer `channel.close`, which follows all deliveries that are under
 * way. A command that is stopped has two seconds to close the channel and the connection.
 */
const CLOSE_TIMEOUT_MS = SECOND;
/** The broker's time limit to return the messages of a closed channel. */
const RETURN_TIMEOUT_MS = SECOND / 2;
/** More time of both limits for each message. */
const MESSAGE_TIMEOUT_MS = 0.2;

export interface ChannelReaderOptions extends LookOptions {
  readonly connection: ChannelModel;
  /** The queue's name on the broker. */
  readonly queue: string;
  readonly onMessage: (message: QueuedMessage) => void;
}

/**
 * Reads the messages of a queue on a separate channel, whose end returns all messages that are not
 * acknowledged, in order. Single nacks, `nack` with `multiple`, `basic.recover` and `basic.get`
 * scramble them.
 *
 * A quorum queue gives a consumer all messages up to its prefetch at once, so that they return in
 * order even if this process is killed while it receives them. It returns the messages of a channel
 * in the order of its consumer tags, if there are at most 32, and puts them behind other messages
 * that returned earlier. Those are delivered first and as redelivered; therefore `close` requests
 * them all.
 *
 * Nothing of a message is kept after `onMessage`.
 */
export class ChannelReader {
  readonly #options: ChannelReaderOptions;
  readonly #channel: Channel;
  readonly #startedAtMs = Date.now();
  readonly #ended = Promise.withResolvers<Look['end']>();
  readonly #pause: PartPause;
  readonly #idle: IdleWatch;
  #isEnded = false;
  #isClosed = false;
  #hasAcked = false;
  #callerError: unknown;
  #count = 0;
  #goal = 0;
  #total = 0;
  /** The number of messages that the consumers of the channel have requested. */
  #requested = 0;
  #consumers = 0;
  #otherConsumers = 0;
  #isRedelivered = false;

  /** @throws the broker's error */
  static async open(options: ChannelReaderOptions): Promise<ChannelReader> {
    return new ChannelReader(options, await options.connection.createChannel());
  }

  private constructor(options: ChannelReaderOptions, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
    this.#pause = new PartPause({
      connection: options.connection,
      drained: options.drained,
      ended: this.#ended.promise,
      onError: (error) => {
        this.#callerError = error;
        this.#fail(error);
      },
    });
    this.#idle = new IdleWatch({
      idleTimeoutMs: options.idleTimeoutMs,
      outstanding: () => this.#requested - this.#count,
      isPaused: () => this.#pause.isPaused,
      count: async () => {
        const counts = await channel.checkQueue(options.queue);
        return { messages: counts.messageCount, consumers: counts.consumerCount };
      },
      onEnd: (end) => this.#end(end),
    });
    channel.on('error', (error) => this.#fail(error));
    channel.once('close', () => {
      this.#isClosed = true;
      this.#fail(new Error('the channel was closed'));
    });
    this.#ended.promise.catch(() => {}); // it may reject while a command is pending
  }

  /** @throws the broker's error, or that of `drained` */
  async read(): Promise<Look> {
    const { limit, stopped } = this.#options;
    const onStop = (): void => this.#end('stopped');
    stopped.addEventListener('abort', onStop, { once: true });
    const timer = setTimeout(() => this.#end('partial'), MAX_READ_MS);
    try {
      await this.#inspect();
      if (stopped.aborted) onStop();
      this.#goal = Math.min(limit, this.#total, MAX_CONSUMERS * MAX_PREFETCH);
      const end = await this.#readGoal();
      const [count, total, consumers] = [this.#count, this.#total, this.#otherConsumers];
      return { count, total, asOfMs: this.#startedAtMs, consumers, end };
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', onStop);
      this.#end('complete');
    }
  }

  /** The error with which `drained` has ended the reading. */
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
    this.#hasAcked = true;
    return true;
  }

  /**
   * Closes the channel and resolves when the broker has returned the messages. Resolves to whether
   * the broker has all acks. Never rejects.
   */
  async close(): Promise<boolean> {
    this.#end('stopped');
    if (this.#isClosed) return false;
    let isAnswered = false;
    const answered = this.#requestReturnedAndClose().then(() => (isAnswered = true));
    await settledWithin(CLOSE_TIMEOUT_MS + this.#messageTimeoutMs(), answered);
    if (isAnswered && this.#requested > 0) await this.#untilReturned();
    return isAnswered;
  }

  async #untilReturned(): Promise<void> {
    const { connection, queue } = this.#options;
    const timeoutMs = RETURN_TIMEOUT_MS + this.#messageTimeoutMs();
    const returning = untilReturned(connection, queue, this.#otherConsumers, timeoutMs);
    await settledWithin(timeoutMs, returning);
  }

  #messageTimeoutMs(): number {
    return MESSAGE_TIMEOUT_MS * Math.min(this.#requested, this.#total);
  }

  async #inspect(): Promise<void> {
    const counts = await countMessages({
      channel: this.#channel,
      queue: this.#options.queue,
      timeoutMs: COUNT_TIMEOUT_MS,
      isEnded: () => this.#isEnded,
    });
    if (counts !== undefined) {
      this.#total = counts.messages;
      this.#otherConsumers = counts.consumers;
    } else if (!this.#isEnded) {
      throw new Error('the queue did not count its messages for 30 s');
    }
  }

  async #readGoal(): Promise<Look['end']> {
    if (this.#goal === 0 || this.#isEnded) return this.#isEnded ? this.#ended.promise : 'complete';
    await this.#request(this.#goal);
    this.#idle.start();
    const end = await this.#ended.promise.finally(() => this.#idle.stop());
    return end === 'complete' && this.#goal < Math.min(this.#options.limit, this.#total)
      ? 'partial'
      : end;
  }

  /** Requests messages, with as many consumers as their number needs. */
  async #request(count: number): Promise<void> {
    const { queue } = this.#options;
    const end = this.#requested + count;
    while (this.#requested < end && this.#consumers < MAX_CONSUMERS && !this.#isClosed) {
      const prefetch = Math.min(end - this.#requested, MAX_PREFETCH);
      this.#requested += prefetch;
      this.#idle.restart();
      const consumerTag = tagOf(this.#consumers++);
      await this.#channel.prefetch(prefetch);
      await this.#channel.consume(queue, (message) => this.#receive(message), { consumerTag });
    }
  }

  /**
   * If the last message was redelivered, more messages that returned earlier may follow. They are
   * requested, so that they return behind those that this channel has.
   */
  async #requestReturnedAndClose(): Promise<void> {
    const rest = this.#total - this.#requested;
    if (this.#isRedelivered && rest > 0) await this.#request(rest);
    if (this.#hasAcked) await this.#flushAcks();
    await this.#channel.close();
  }

  /**
   * Waits until the queue has all acks. The broker's channel process passes 32 acks on to a quorum
   * queue and holds back the others; `channel.close` drops those. It passes them on when it has
   * registered a consumer, for which it waits for the queue.
   */
  async #flushAcks(): Promise<void> {
    const consumerTag = tagOf(this.#consumers++);
    await this.#channel.prefetch(1);
    await this.#channel.consume(this.#options.queue, () => {}, { consumerTag });
  }

  #receive(message: ConsumeMessage | null): void {
    if (message === null) return this.#fail(new QueueDeletedError('the queue was deleted'));
    if (this.#isEnded) return;
    this.#count++;
    this.#idle.restart();
    this.#isRedelivered = message.fields.redelivered;
    this.#options.onMessage(toChannelMessage(message, this.#options.queue));
    if (this.#count === this.#goal) return this.#end('complete');
    void this.#pause.add(message.content.length);
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

/** Tags of at most two digits, in the order of the consumers. */
function tagOf(consumer: number): string {
  return `asya-${String(consumer).padStart(2, '0')}`;
}

/** The broker has cancelled a consumer. */
export class QueueDeletedError extends Error {
  override readonly name = 'QueueDeletedError';
}
