import type { ConsumeMessage } from 'amqplib';
import type { Headers, MessageProperties } from '../../message.ts';
import type { DeadLetter, Delivery } from '../../transport.ts';
import type { Server } from '../connection/connect.ts';
import { readProperties } from '../properties/properties.ts';
import { readDeadLetter } from './deadLetter.ts';
import type { GiveBackCounts } from './giveBackCounts.ts';

/** The consumer session that received a delivery and settles it. */
export interface DeliverySession {
  /** The queue's name on the broker. */
  readonly queue: string;
  readonly server: Server;
  /**
   * The broker cancelled the consumer, or its queue was deleted. The deliveries belong to no queue
   * any more: an ack has no effect, and the broker does not deliver them again, except when it
   * cancelled the consumer because of `consumer_timeout`.
   */
  readonly orphaned: boolean;
  /** Returns false and does nothing when the delivery is settled or its channel is closed. */
  settle(delivery: RabbitmqDelivery, how: 'ack' | 'nack'): boolean;
  /** Reports whether the channel closed before the delivery was settled. */
  hasLost(delivery: RabbitmqDelivery): boolean;
}

/** A message received on a channel. Only its session can settle it, and only once. */
export class RabbitmqDelivery implements Delivery {
  readonly id: string | undefined;
  readonly queue: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties;
  readonly redelivered: boolean;
  readonly unsettled: number;
  readonly message: ConsumeMessage;
  readonly session: DeliverySession;
  /** Set by the session. */
  isSettled = false;

  /** @param giveBackCount undefined for a queue whose deliveries the broker does not count */
  constructor(
    message: ConsumeMessage,
    queue: string,
    session: DeliverySession,
    giveBackCount: GiveBackCounts['countOf'] | undefined,
  ) {
    const { headers, properties } = readProperties(message.properties);
    this.message = message;
    this.id = messageIdOf(message);
    this.queue = queue;
    this.body = message.content;
    this.headers = headers;
    this.properties = properties;
    this.redelivered = message.fields.redelivered;
    // On a first delivery the header with the count can only come from the producer.
    this.unsettled =
      this.redelivered && giveBackCount !== undefined ? this.#countUnsettled(giveBackCount) : 0;
    this.session = session;
  }

  get gone(): boolean {
    return this.session.hasLost(this);
  }

  get cancelled(): boolean {
    return this.session.orphaned;
  }

  get deadLetter(): DeadLetter | undefined {
    return readDeadLetter(this.message.properties.headers?.['x-death']);
  }

  /**
   * RabbitMQ 4.3 counts a requeue in `x-acquired-count` only. Earlier versions add it to
   * `x-delivery-count`, so the requeues of this process are subtracted.
   */
  #countUnsettled(giveBackCount: GiveBackCounts['countOf']): number {
    const count = deliveryCountOf(this.message);
    const includesRequeues = this.message.properties.headers?.['x-acquired-count'] === undefined;
    return includesRequeues ? Math.max(0, count - giveBackCount(this)) : count;
  }
}

function messageIdOf({ properties }: ConsumeMessage): string | undefined {
  const id: unknown = properties.messageId;
  return typeof id === 'string' ? id : undefined;
}

function deliveryCountOf({ properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return Number.isSafeInteger(count) ? Number(count) : 0;
}
