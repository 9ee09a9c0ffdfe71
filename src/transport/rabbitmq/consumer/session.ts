import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { randomUUID } from 'node:crypto';
import type { Log } from '../../../log.ts';
import { createAcks } from './ackBatcher.ts';
import { CLOSE_CHANNEL_TIMEOUT_MS, serverOf, soon } from '../connection/connect.ts';
import type { DeliverySession, RabbitmqDelivery } from './delivery.ts';
import { reasonOf } from '../connection/reply.ts';

/** One consumer on a channel of its own. */
export interface Session extends DeliverySession {
  /**
   * Resolves when nothing more is delivered: the broker has cancelled the consumer, the channel is
   * closed, or the queue is a stream, of which nothing is taken.
   */
  readonly ended: Promise<'cancelled' | 'closed' | 'stream'>;
  /** Resolves with the first delivery, if the queue is not a stream. */
  readonly received: Promise<void>;
  /** Resolves when the channel is closed. */
  readonly closed: Promise<void>;
  /**
   * The broker has cancelled the consumer, or `leave` was called: deliveries in hand belong to no
   * queue any more. An ack of one does nothing, and the broker does not deliver it again, except
   * where the reason was `consumer_timeout`.
   */
  readonly orphaned: boolean;
  /** Resolves when the broker has answered: no delivery comes after it. */
  cancel(): Promise<void>;
  /**
   * Takes the queue for gone before the broker says so. A queue that is declared anew soon enough
   * takes over the consumer of the old one, numbers its messages as that did, and has them count as
   * delivered: no ack may follow.
   */
  leave(): void;
  /**
   * Closes the channel after all that was settled on it; the broker delivers again what was not.
   * Never rejects.
   */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly connection: ChannelModel;
  /** As the broker names it. */
  readonly queue: string;
  readonly prefetch: number;
  readonly toDelivery: (message: ConsumeMessage, session: Session) => RabbitmqDelivery;
  readonly onDelivery: (delivery: RabbitmqDelivery) => void;
  readonly log: Log;
}

/**
 * Begins to consume. Rejects when the broker refuses, with its reply code.
 *
 * The channel outlives the consumer until all that was delivered on it is settled.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connection, queue, prefetch, toDelivery, onDelivery, log } = options;
  const ended = Promise.withResolvers<'cancelled' | 'closed' | 'stream'>();
  const received = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  // Chosen here: deliveries come before the broker's answer is looked at.
  const consumerTag = randomUUID();
  let accepted = false;
  let isFirst = true;
  let inHand = 0;
  let over = false;
  let orphaned = false;
  let finishing = false;

  const channel = await connection.createChannel();
  const acks = createAcks(channel);
  channel.on('error', (error) => {
    // A refused consumer rejects `consume` with the same error.
    if (accepted)
      log.warn({ queue, reason: reasonOf(error) }, 'consuming channel closed by the broker');
  });
  channel.once('close', () => {
    over = true;
    ended.resolve('closed');
    closed.resolve();
  });

  /** What is thrown here would close the channel. */
  function receive(message: ConsumeMessage | null): void {
    if (message === null) {
      orphan();
      return finish();
    }
    // It goes back to its queue with the channel.
    if (over) return;
    if (isFirst) {
      isFirst = false;
      if (isFromStream(message)) return refuseStream();
      received.resolve();
    }
    acks.received(message);
    try {
      const delivery = toDelivery(message, session);
      inHand++;
      onDelivery(delivery);
    } catch (error) {
      log.error({ err: error, queue }, 'a delivery was not taken over; it stays unsettled');
    }
  }

  function orphan(): void {
    orphaned = true;
    ended.resolve('cancelled');
  }

  function refuseStream(): void {
    over = true;
    ended.resolve('stream');
    channel.close().catch(() => {}); // it is closed already
  }

  function finish(): void {
    finishing = true;
    if (inHand > 0 || over) return;
    acks.flush();
    channel.close().catch(() => {}); // it is closed already
  }

  const session: Session = {
    queue,
    server: serverOf(connection),
    ended: ended.promise,
    received: received.promise,
    closed: closed.promise,
    get orphaned() {
      return orphaned;
    },
    cancel: async () => {
      if (!over && !orphaned) await channel.cancel(consumerTag);
      finish();
    },
    leave: () => {
      over = true;
      orphan();
      channel.close().catch(() => {}); // it is closed already
    },
    close: async () => {
      acks.flush();
      channel.close().catch(() => {}); // it is closing or closed already
      await soon(closed.promise, CLOSE_CHANNEL_TIMEOUT_MS);
    },
    settle: (delivery, how) => {
      if (delivery.isSettled || (over && !orphaned)) return false;
      if (!over && !acks.settle(delivery.message, how)) return false;
      delivery.isSettled = true;
      inHand--;
      if (finishing) finish();
      return true;
    },
    hasLost: (delivery) => over && !orphaned && !delivery.isSettled,
  };
  // For consumers that come after it only, so it is first.
  await channel.prefetch(prefetch);
  await channel.consume(queue, receive, { consumerTag });
  accepted = true;
  return session;
}

/**
 * A stream delivers each message with its offset, never as redelivered. Producers can send that
 * header too: a message of theirs goes back to its queue with the channel, and comes again as
 * redelivered.
 */
function isFromStream({ fields, properties }: ConsumeMessage): boolean {
  const offset: unknown = properties.headers?.['x-stream-offset'];
  return !fields.redelivered && offset !== undefined;
}
