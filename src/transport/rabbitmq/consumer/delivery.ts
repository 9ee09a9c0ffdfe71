import type { ConsumeMessage } from 'amqplib';
import type { Headers, MessageProperties } from '../../message.ts';
import type { DeadLetter, Delivery, Origin, Server } from '../../transport.ts';
import { readProperties } from '../properties/properties.ts';
import { readDeadLetter } from './deadLetter.ts';
import type { GiveBackCounts } from './giveBackCounts.ts';

/** The consumer session that received a delivery and settles it. */
export interface DeliverySession {
  /** The queue's name on the broker. */
  readonly queue: string;
  readonly server: Server | undefined;
  /** The queue was deleted or the broker cancelled the consumer; an ack has no effect. */
  readonly orphaned: boolean;
  /** Returns false and does nothing when the delivery is settled already or its channel is gone. */
  settle(delivery: RabbitmqDelivery, how: 'ack' | 'nack'): boolean;
  /** Reports whether the delivery is unsettled and can no longer be settled. */
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
  /** As its session notes. */
  isSettled = false;

  /** `givenBackCount` is undefined where the broker does not count deliveries. */
  constructor(
    message: ConsumeMessage,
    queue: string,
    session: DeliverySession,
    givenBackCount: GiveBackCounts['countOf'] | undefined,
  ) {
    const { headers, properties } = readProperties(message.properties);
    this.message = message;
    this.id = messageIdOf(message);
    this.queue = queue;
    this.body = message.content;
    this.headers = headers;
    this.properties = properties;
    this.redelivered = message.fields.redelivered;
    // Producers can send the header with the count too, so a first delivery has none.
    this.unsettled =
      this.redelivered && givenBackCount !== undefined ? this.#failures(givenBackCount) : 0;
    this.session = session;
  }

  /**
   * RabbitMQ 4.3 counts a requeue in `x-acquired-count` only; earlier versions count it as a failed
   * delivery.
   */
  #failures(givenBackCount: GiveBackCounts['countOf']): number {
    const count = deliveryCountOf(this.message);
    const countsRequeues = this.message.properties.headers?.['x-acquired-count'] === undefined;
    return countsRequeues ? Math.max(0, count - givenBackCount(this)) : count;
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

  get origin(): Origin {
    const { exchange, routingKey, deliveryTag } = this.message.fields;
    const { server, queue } = this.session;
    return { server, exchange, routingKey, queue, deliveryTag };
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
