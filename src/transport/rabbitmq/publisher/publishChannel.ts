import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { messageOf } from '../../../faults.ts';
import type { Log } from '../../../log.ts';
import { whileOpen } from '../connection/connect.ts';
import { codeOf } from '../connection/reply.ts';
import { limitHeaderFrames } from '../properties/headerFrame.ts';

/**
 * A channel for publishing. The broker closes it when it refuses one message, and reports nothing
 * about the other messages that are unconfirmed on it.
 */
export interface PublishChannel {
  readonly connection: ChannelModel;
  readonly amqp: ConfirmChannel;
  readonly isOpen: boolean;
  /** Set when the channel has closed because the broker refused a message. */
  readonly refusal: PublishRefusal | undefined;
}

/**
 * The broker closed the channel, or its connection, over one of the messages that were unconfirmed
 * on it.
 */
export class PublishRefusal extends Error {
  override readonly name = 'PublishRefusal';
  /** The broker's reply code. */
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;
const FRAME_ERROR = 501;
const SYNTAX_ERROR = 502;
/**
 * The reply codes of a broker that will never take the message. A missing exchange (404) is
 * declared again.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  ACCESS_REFUSED,
  PRECONDITION_FAILED,
  FRAME_ERROR,
  SYNTAX_ERROR,
]);

export interface PublishChannelOptions {
  readonly connection: ChannelModel;
  /** A message came back, since no queue takes it; its confirm follows. */
  readonly onReturned: (messageId: unknown, fields: object) => void;
  /** Called before what is unconfirmed on the channel fails. */
  readonly onClosed: (channel: PublishChannel) => void;
  readonly log: Log;
}

export async function openPublishChannel(options: PublishChannelOptions): Promise<PublishChannel> {
  const { connection, onReturned, onClosed, log } = options;
  const amqp = await whileOpen(connection, () => connection.createConfirmChannel());
  let cause: unknown;
  let isOpen = true;
  const noteCause = (error: unknown): void => void (cause ??= error);
  const channel: PublishChannel = {
    connection,
    amqp,
    get isOpen() {
      return isOpen;
    },
    get refusal() {
      return isOpen ? undefined : refusalOf(cause);
    },
  };
  limitHeaderFrames(amqp, frameMaxOf(connection), (error) =>
    log.warn({ reason: messageOf(error) }, 'message headers left out: they cannot be published'),
  );
  connection.on('error', noteCause);
  amqp
    .on('error', (error) => {
      noteCause(error);
      log.warn({ reason: messageOf(error) }, 'publishing channel closed by the broker');
    })
    .on('return', ({ properties, fields }) => onReturned(properties.messageId, fields))
    // Before amqplib's own listener, which ends what is unconfirmed.
    .prependListener('close', () => {
      isOpen = false;
      connection.off('error', noteCause);
      onClosed(channel);
    });
  return channel;
}

function refusalOf(cause: unknown): PublishRefusal | undefined {
  const code = codeOf(cause);
  if (code === undefined || !REFUSALS.has(code)) return undefined;
  return new PublishRefusal(code, messageOf(cause), { cause });
}

/** As negotiated. amqplib has no name for it in its types. */
function frameMaxOf({ connection }: ChannelModel): number {
  const { frameMax } = connection as { frameMax?: unknown };
  return typeof frameMax === 'number' && frameMax > 0 ? frameMax : Number.POSITIVE_INFINITY;
}
