import type { LinkedList, Node } from '../../linkedList.ts';
import type { Headers, MessageProperties } from '../message.ts';
import type { Delivery } from '../transport.ts';
import type { MemoryConsumer, StoredMessage } from './queue.ts';

interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** The transport's list of unsettled deliveries. */
  readonly unsettled: LinkedList<MemoryDelivery>;
}

/** Delivers messages of one queue until `prefetch` of them are unsettled. */
export class Consumer implements MemoryConsumer {
  readonly queue: string;
  readonly #options: ConsumerOptions;
  unsettledCount = 0;

  constructor(options: ConsumerOptions) {
    this.queue = options.queue;
    this.#options = options;
  }

  hasCapacity(): boolean {
    return this.unsettledCount < this.#options.prefetch;
  }

  deliver(message: StoredMessage): void {
    this.unsettledCount++;
    this.#options.onDelivery(new MemoryDelivery(message, this, this.#options.unsettled));
  }
}

/** An unsettled delivery. It stays in its transport's list until it is settled or gone. */
export class MemoryDelivery implements Delivery {
  readonly message: StoredMessage;
  readonly consumer: Consumer;
  readonly node: Node<MemoryDelivery>;
  gone = false;
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly redelivered: boolean;
  readonly unsettled: number;

  constructor(message: StoredMessage, consumer: Consumer, list: LinkedList<MemoryDelivery>) {
    this.message = message;
    this.consumer = consumer;
    this.id = message.id;
    this.queue = consumer.queue;
    // Copies the body: the consumer may overwrite it, and the message may be redelivered.
    this.body = Buffer.from(message.body);
    this.headers = message.headers;
    this.properties = message.properties;
    this.redelivered = message.deliveries > 0;
    this.unsettled = message.unsettled;
    this.node = list.add(this);
  }
}
