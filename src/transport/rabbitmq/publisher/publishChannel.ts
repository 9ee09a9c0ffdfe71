import { randomUUID } from 'node:crypto';
import { IllegalOperationError, type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { Log } from '../../../log.ts';
import type { Message } from '../../message.ts';
import { SendError } from '../../transport.ts';
import { whileOpen } from '../connection/lifetime.ts';
import { reasonOf, replyCodeOf } from '../connection/reply.ts';
import { limitHeaderFrames } from '../properties/headerFrame.ts';
import { publishOptions } from '../properties/properties.ts';
import type { Address } from '../topology/plan.ts';
import type { PublishConnection } from './publishConnection.ts';
import {
  ACCESS_REFUSED,
  addressLabel,
  PublishRefusal,
  refusedError,
  unroutableError,
} from './sendErrors.ts';

export interface PublishChannelOptions {
  readonly connection: PublishConnection;
  /** Called before the messages that are unconfirmed on the channel fail. */
  readonly onClosed?: (channel: PublishChannel) => void;
  readonly log: Log;
}

/**
 * A confirm channel. The broker closes it when it refuses one message, and reports nothing about
 * the other messages that are unconfirmed on it.
 */
export class PublishChannel {
  readonly connection: PublishConnection;
  readonly #amqp: ConfirmChannel;
  #isOpen = true;
  /** The first error of the channel or its connection. */
  #error: unknown;

  static async open(options: PublishChannelOptions): Promise<PublishChannel> {
    const { amqp } = options.connection;
    const channel = await whileOpen(amqp, () => amqp.createConfirmChannel());
    return new PublishChannel(channel, options);
  }

  private constructor(amqp: ConfirmChannel, options: PublishChannelOptions) {
    this.#amqp = amqp;
    this.connection = options.connection;
    this.#listen(options);
    limitHeaderFrames(amqp, frameMaxOf(this.connection.amqp), (error) =>
      options.log.warn(
        { reason: reasonOf(error) },
        'message headers removed; too large or not encodable',
      ),
    );
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Defined once the channel has closed because the broker refused a message. */
  get refusal(): PublishRefusal | undefined {
    return this.#isOpen ? undefined : refusalOf(this.#error);
  }

  /**
   * Resolves when the broker has confirmed the message.
   * @throws {SendError | PublishRefusal}
   */
  publish(to: Address, message: Message): Promise<void> {
    const { confirms } = this.connection;
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const unconfirmed = confirms.add(id);
    const onAnswer = (error: unknown): void => {
      confirms.remove(unconfirmed);
      const { returnText } = unconfirmed.value;
      if (error !== null && error !== undefined) reject(this.#failureOf(to, error));
      else if (returnText === undefined) resolve();
      else reject(unroutableError(to, returnText));
    };
    try {
      const options = publishOptions(message, id);
      this.#amqp.publish(to.exchange, to.routingKey, message.body, options, onAnswer);
    } catch (error) {
      // Any error but that of a closed channel means that the message cannot be encoded.
      onAnswer(error instanceof IllegalOperationError ? error : refusedError(to, error));
    }
    return promise;
  }

  #failureOf(to: Address, error: unknown): Error {
    if (error instanceof SendError) return error;
    const { refusal } = this;
    if (refusal !== undefined) return refusal;
    // On an open channel the error is a `basic.nack`.
    const code = this.#isOpen ? 'unconfirmed' : this.connection.closeCode;
    return new SendError(code, `${addressLabel(to)}: ${reasonOf(error)}`, { cause: error });
  }

  #listen({ connection, onClosed, log }: PublishChannelOptions): void {
    const onError = (error: unknown): void => void (this.#error ??= error);
    connection.amqp.on('error', onError);
    this.#amqp
      .on('error', (error) => {
        onError(error);
        log.warn({ reason: reasonOf(error) }, 'publishing channel closed by the broker');
      })
      .on('return', ({ properties, fields }) => {
        const text = 'replyText' in fields ? String(fields.replyText) : 'returned';
        connection.confirms.markReturned(properties.messageId, text);
      })
      // Runs before amqplib's own listener, which fails the unconfirmed messages.
      .prependListener('close', () => {
        this.#isOpen = false;
        connection.amqp.off('error', onError);
        onClosed?.(this);
      });
  }
}

const PRECONDITION_FAILED = 406;
const FRAME_ERROR = 501;
const SYNTAX_ERROR = 502;
/**
 * The reply codes that refuse a message permanently. 404 is not among them: a missing exchange is
 * declared again.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  ACCESS_REFUSED,
  PRECONDITION_FAILED,
  FRAME_ERROR,
  SYNTAX_ERROR,
]);

function refusalOf(error: unknown): PublishRefusal | undefined {
  const code = replyCodeOf(error);
  if (code === undefined || !REFUSALS.has(code)) return undefined;
  return new PublishRefusal(code, reasonOf(error), { cause: error });
}

/** The negotiated `frame_max`, which amqplib's types omit. */
export function frameMaxOf({ connection }: ChannelModel): number {
  const { frameMax } = connection as { frameMax?: unknown };
  return typeof frameMax === 'number' && frameMax > 0 ? frameMax : Number.POSITIVE_INFINITY;
}
