import { LookError } from '../../inspection/queueReader.ts';
import { type Look } from '../../inspection/queueReader.ts';
import { type QueuedMessage } from '../../inspection/queueReader.ts';
import { type Verdict } from '../../inspection/queueReader.ts';
import { type Take } from '../../inspection/queueReader.ts';
import { whileOpen } from '../connection/lifetime.ts';
import { reasonOf, replyCodeOf } from '../connection/reply.ts';
import { ChannelMessage } from './channelMessage.ts';
import { ChannelReader, QueueDeletedError, type ChannelReaderOptions } from './channelReader.ts';

/** A take on a channel of its own. */
export class ChannelTake implements Take {
  readonly #reader: ChannelReader;
  readonly #options: ChannelReaderOptions;

  /** @throws {LookError} */
  static async open(options: ChannelReaderOptions): Promise<ChannelTake> {
    const { connection, queue } = options;
    try {
      const reader = await whileOpen(connection, () => ChannelReader.open(options));
      return new ChannelTake(reader, options);
    } catch (error) {
      throw toLookError(queue, error);
    }
  }

  private constructor(reader: ChannelReader, options: ChannelReaderOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  async read(): Promise<Look> {
    const { connection, queue } = this.#options;
    try {
      return await whileOpen(connection, () => this.#reader.read());
    } catch (error) {
      if (error === this.#reader.callerError) throw error;
      throw toLookError(queue, error);
    }
  }

  keep(message: QueuedMessage): QueuedMessage {
    return message instanceof ChannelMessage ? message.copy() : message;
  }

  /** The channel has each message until the take is released. */
  async claim(): Promise<boolean> {
    return this.#reader.isOpen;
  }

  async settle(message: QueuedMessage, verdict: Verdict): Promise<boolean> {
    if (verdict === 'leave') return true;
    return message instanceof ChannelMessage && this.#reader.ack(message);
  }

  release(): Promise<boolean> {
    return this.#reader.close();
  }
}

/** `consumer_timeout` closes a channel with this code; another take may succeed. */
const CONSUMER_TIMEOUT = 406;

function toLookError(queue: string, cause: unknown): LookError {
  const code = replyCodeOf(cause);
  if (code === 404) return new LookError('missing', `queue "${queue}" does not exist`, { cause });
  const isLost =
    code === CONSUMER_TIMEOUT || (code === undefined && !(cause instanceof QueueDeletedError));
  const message = `cannot read queue "${queue}": ${reasonOf(cause)}`;
  return new LookError(isLost ? 'lost' : 'refused', message, { cause });
}
