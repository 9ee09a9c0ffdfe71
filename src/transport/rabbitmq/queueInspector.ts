import type { Channel, ChannelModel } from 'amqplib';
import { SECOND } from '../../units.ts';
import type { QueueState } from '../inspection/inspectableTransport.ts';
import {
  type Look,
  LookError,
  type LookOptions,
  type QueuedMessage,
  type Take,
} from '../inspection/queueReader.ts';
import { whileOpen } from './connection/lifetime.ts';
import { reasonOf, replyCodeOf } from './connection/reply.ts';
import { ChannelTake } from './reader/channelTake.ts';
import { lookAtQueue } from './reader/lookAtQueue.ts';
import { countMessages } from './reader/queueCounts.ts';
import { argumentProblemOf } from './topology/compatibility.ts';
import { brokerQueueName, planQueue } from './topology/plan.ts';

/** The time limit of a queue to count its messages. */
const COUNT_TIMEOUT_MS = 10 * SECOND;

type OnMessage = (message: QueuedMessage) => void;

const MISSING: QueueState = { exists: false, ready: 0, consumers: 0, leased: undefined };

/** Reads the state and the messages of queues, on one connection after another. */
export class QueueInspector {
  #connection: ChannelModel | undefined;
  /** A separate channel, which the broker closes when an inspected queue does not exist. */
  #channel: Channel | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #disconnectReason: () => string | undefined;

  /** @param disconnectReason returns why there is no connection, if that is known */
  constructor(disconnectReason: () => string | undefined) {
    this.#disconnectReason = disconnectReason;
  }

  attach(connection: ChannelModel): void {
    this.#connection = connection;
    this.#channel = undefined;
    connection.once('close', () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
  }

  /**
   * Resolves to undefined while no connection is open, and for a queue that is too busy to count
   * its messages. Inspects one queue after another, because a
   * missing queue closes the channel, and with it every pending inspection would fail.
   */
  inspect(queue: string): Promise<QueueState | undefined> {
    const state = this.#last.then(() => this.#inspectNow(queue));
    this.#last = state;
    return state;
  }

  async #inspectNow(queue: string): Promise<QueueState | undefined> {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    try {
      const counts = await whileOpen(connection, async () => {
        const channel = this.#channel ?? (await this.#openChannel(connection));
        const name = brokerQueueName(queue);
        return countMessages({ channel, queue: name, timeoutMs: COUNT_TIMEOUT_MS });
      });
      if (counts === undefined) return undefined;
      const { messages: ready, consumers } = counts;
      return { exists: true, ready, consumers, leased: undefined };
    } catch (error) {
      // The owner of the connection reports its loss.
      return replyCodeOf(error) === 404 ? MISSING : undefined;
    }
  }

  /** See `QueueReader.look`. */
  async look(queue: string, onMessage: OnMessage, options: LookOptions): Promise<Look> {
    const [connection, name] = [this.#open(), brokerQueueName(queue)];
    return lookAtQueue({ ...options, connection, queue: name, onMessage });
  }

  /** See `QueueReader.take`. */
  async take(queue: string, onMessage: OnMessage, options: LookOptions): Promise<Take> {
    const [connection, name] = [this.#open(), brokerQueueName(queue)];
    return ChannelTake.open({ ...options, connection, queue: name, onMessage });
  }

  /** See `QueueReader.argumentProblem`. */
  async argumentProblem(queue: string, errorEnd: string): Promise<string | undefined> {
    const connection = this.#open();
    const plan = planQueue(queue, errorEnd);
    try {
      return await whileOpen(connection, () => argumentProblemOf(connection, plan));
    } catch (cause) {
      const message = `cannot read queue "${plan.name}": ${reasonOf(cause)}`;
      throw new LookError('refused', message, { cause });
    }
  }

  #open(): ChannelModel {
    if (this.#connection !== undefined) return this.#connection;
    const reason = this.#disconnectReason();
    const cause = reason === undefined ? '' : `: ${reason}`;
    throw new LookError('lost', `not connected to the broker${cause}`);
  }

  async #openChannel(connection: ChannelModel): Promise<Channel> {
    const channel = await connection.createChannel();
    channel.on('error', () => {}); // the pending command rejects with the same error
    channel.once('close', () => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    this.#channel = channel;
    return channel;
  }
}
