import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, SECOND } from '../../units.ts';
import { LookError, type Look, type LookOptions, type QueuedMessage } from '../transport.ts';
import { settledWithin, whileOpen } from './connection/lifetime.ts';
import { reasonOf, replyCodeOf } from './connection/reply.ts';
import { readDeadLetter } from './consumer/deadLetter.ts';
import { readProperties } from './properties/properties.ts';
import { isRetryQueue } from './topology/plan.ts';

/** The largest prefetch of one consumer; 0 would deliver only 2,000 messages of a quorum queue. */
const MAX_PREFETCH = 65_535;
/** The smallest number of messages between two calls of `drained`. */
const MIN_PACED_BLOCK = 1_000;
/** Well below the default of the broker's `consumer_timeout`, 30 minutes. */
const MAX_LOOK_MS = 10 * MINUTE;
/** The broker's time limit to answer `channel.close`. */
const CLOSE_TIMEOUT_MS = 2 * SECOND;
/** The broker's time limit to return the messages of a closed channel. */
const RETURN_TIMEOUT_MS = SECOND;
const RETURN_POLL_MS = 10;

/**
 * Reads the messages of a queue on a separate channel without acks, and then closes the channel,
 * which returns the messages in order. Single nacks, `nack` with `multiple`, `basic.recover` and
 * `basic.get` scramble them. One consumer receives at most `MAX_PREFETCH` messages, so that more
 * messages need further consumers on the same channel. A quorum queue returns the messages of a
 * channel in the order of its consumer tags, if there are at most 32.
 *
 * Nothing of a message is kept after `onMessage`.
 * @param queue the queue's name on the broker
 * @throws {LookError}
 */
export async function lookAtQueue(
  connection: ChannelModel,
  queue: string,
  onMessage: (message: QueuedMessage) => void,
  options: LookOptions,
): Promise<Look> {
  try {
    return await whileOpen(connection, async () => {
      const channel = await connection.createChannel();
      const looking = new ChannelLook(channel, queue, onMessage, options);
      try {
        return await looking.run();
      } finally {
        await settledWithin(CLOSE_TIMEOUT_MS, channel.close());
        await settledWithin(RETURN_TIMEOUT_MS, looking.returned(connection));
      }
    });
  } catch (error) {
    if (error instanceof LookError) throw error;
    throw toLookError(queue, error);
  }
}

class ChannelLook {
  readonly #channel: Channel;
  readonly #queue: string;
  readonly #isDelayed: boolean;
  readonly #onMessage: (message: QueuedMessage) => void;
  readonly #options: LookOptions;
  readonly #ended = Promise.withResolvers<Look['end']>();
  readonly #startedAtMs = Date.now();
  #count = 0;
  #otherConsumers = 0;
  #receivedAtMs = 0;
  #blockEnd = 0;
  #blockReceived = Promise.withResolvers<void>();
  #isEnded = false;

  constructor(
    channel: Channel,
    queue: string,
    onMessage: (message: QueuedMessage) => void,
    options: LookOptions,
  ) {
    this.#channel = channel;
    this.#queue = queue;
    this.#isDelayed = isRetryQueue(queue);
    this.#onMessage = onMessage;
    this.#options = options;
    channel.on('error', (error) => this.#fail(error));
    channel.once('close', () => this.#fail(new Error('channel closed')));
    this.#ended.promise.catch(() => {}); // it may reject while a command is pending
  }

  async run(): Promise<Look> {
    const { limit, stopped } = this.#options;
    const onStop = (): void => this.#end('stopped');
    stopped.addEventListener('abort', onStop, { once: true });
    const timer = setTimeout(() => this.#end('timeout'), MAX_LOOK_MS);
    try {
      const { messageCount: total, consumerCount } = await this.#channel.checkQueue(this.#queue);
      this.#otherConsumers = consumerCount;
      if (stopped.aborted) onStop();
      const end = await this.#readBlocks(Math.min(limit, total));
      const asOfMs = this.#startedAtMs;
      return { count: this.#count, total, asOfMs, consumers: consumerCount, end };
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', onStop);
      this.#end('complete');
    }
  }

  /** Resolves when the broker has returned the messages, which follows the close of the channel. */
  async returned(connection: ChannelModel): Promise<void> {
    if (this.#count === 0) return;
    const endsAtMs = Date.now() + RETURN_TIMEOUT_MS;
    const channel = await connection.createChannel();
    channel.on('error', () => {}); // the pending command rejects with the same error
    while (Date.now() < endsAtMs) {
      const { messageCount, consumerCount } = await channel.checkQueue(this.#queue);
      if (messageCount >= this.#count || consumerCount <= this.#otherConsumers) break;
      await sleep(RETURN_POLL_MS);
    }
    await channel.close();
  }

  async #readBlocks(goal: number): Promise<Look['end']> {
    const { drained } = this.#options;
    const blockSize = drained === undefined ? MAX_PREFETCH : pacedBlockSize(goal);
    for (let block = 0; this.#count < goal && !this.#isEnded; block++) {
      await drained?.();
      await this.#startConsumer(block, Math.min(goal - this.#count, blockSize));
      const idle = this.#watchIdle();
      const end = await Promise.race([this.#ended.promise, this.#blockReceived.promise]);
      clearInterval(idle);
      if (end !== undefined) return end;
    }
    return this.#isEnded ? this.#ended.promise : 'complete';
  }

  /** The queue has no other consumer of this channel with a free prefetch. */
  async #startConsumer(block: number, prefetch: number): Promise<void> {
    this.#blockEnd = this.#count + prefetch;
    this.#blockReceived = Promise.withResolvers();
    this.#receivedAtMs = Date.now();
    await this.#channel.prefetch(prefetch);
    const consumerTag = `asya-look-${String(block).padStart(4, '0')}`;
    await this.#channel.consume(this.#queue, (message) => this.#receive(message), { consumerTag });
  }

  #receive(message: ConsumeMessage | null): void {
    if (this.#isEnded) return;
    if (message === null) return this.#fail(new Error('the queue was deleted'));
    this.#count++;
    this.#receivedAtMs = Date.now();
    this.#onMessage(toQueuedMessage(message, this.#isDelayed));
    if (this.#count === this.#blockEnd) this.#blockReceived.resolve();
  }

  #watchIdle(): NodeJS.Timeout {
    const { idleTimeoutMs } = this.#options;
    const endIfIdle = (): void => {
      if (Date.now() - this.#receivedAtMs >= idleTimeoutMs) this.#end('idle');
    };
    // One more turn: deliveries that were received while the event loop was busy are read first.
    return setInterval(() => setImmediate(endIfIdle), idleTimeoutMs / 2);
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

/** A queue is read in at most 17 parts, because each part needs a consumer. */
function pacedBlockSize(goal: number): number {
  return Math.min(MAX_PREFETCH, Math.max(MIN_PACED_BLOCK, Math.ceil(goal / 16)));
}

function toQueuedMessage(
  { content, properties: received }: ConsumeMessage,
  isDelayed: boolean,
): QueuedMessage {
  const { headers, properties } = readProperties(received);
  const id: unknown = received.messageId;
  return {
    id: typeof id === 'string' ? id : undefined,
    body: content,
    headers,
    properties,
    deadLetter: readDeadLetter(received.headers?.['x-death']),
    isReady: !isDelayed,
    isDelayed,
  };
}

function toLookError(queue: string, cause: unknown): LookError {
  if (replyCodeOf(cause) === 404) {
    return new LookError(`queue "${queue}" does not exist`, { cause, isMissing: true });
  }
  return new LookError(`cannot read queue "${queue}": ${reasonOf(cause)}`, { cause });
}
