import { SECOND } from '../../units.ts';
import { LinkedList, type Node } from '../../linkedList.ts';
import type { MemoryBroker, MemoryLink } from './broker.ts';
import type { MemoryConsumer, Stored } from './queue.ts';
import type { Headers, MessageProperties } from '../message.ts';
import {
  SendError,
  type InspectableTransport,
  type Delivery,
  type ReceiveOptions,
  type TransportState,
} from '../transport.ts';
import { queuesOf, type Topology } from '../queues.ts';

export interface MemoryOptions {
  readonly broker: MemoryBroker;
  readonly topology: Topology;
  readonly onState: (state: TransportState) => void;
  /**
   * How long a send waits for a connection, in milliseconds.
   * @default 30,000
   */
  readonly confirmTimeoutMs?: number;
}

/**
 * Opens a transport on a broker inside this process, for tests and for demonstrations in one
 * process.
 */
export async function openMemory(options: MemoryOptions): Promise<InspectableTransport> {
  const { broker, topology, onState, confirmTimeoutMs = 30 * SECOND } = options;
  const consumers = new Set<Consumer>();
  const inHand = new LinkedList<MemoryDelivery>();
  const waiting = new Set<PromiseWithResolvers<void>>();
  let link: MemoryLink = { connected: false, blocked: false };
  let isClosed = false;

  function onLink(next: MemoryLink): void {
    const previous = link;
    link = next;
    if (previous.connected && !next.connected) letGo({ counted: true });
    if (!previous.connected && next.connected) restore();
    if (isOpen()) for (const { resolve } of waiting) resolve();
    onState({ ...next, missing: [] });
  }

  function isOpen(): boolean {
    return link.connected && !link.blocked;
  }

  function restore(): void {
    declareAll();
    for (const consumer of consumers) broker.declare(consumer.queue).attach(consumer);
  }

  function declareAll(): void {
    for (const queue of queuesOf(topology)) broker.declare(queue);
  }

  /** The broker takes back what is in hand, and what waits to be sent is lost. */
  function letGo({ counted }: { counted: boolean }): void {
    for (const consumer of consumers) broker.find(consumer.queue)?.detach(consumer);
    for (const { value: delivery } of inHand) {
      release(delivery);
      delivery.gone = true;
      giveBack(delivery, counted);
    }
    for (const { reject } of waiting) reject(lost());
  }

  function giveBack({ stored, consumer }: MemoryDelivery, counted: boolean): void {
    const unsettled = stored.unsettled + (counted ? 1 : 0);
    broker.declare(consumer.queue).put({ ...stored, deliveries: stored.deliveries + 1, unsettled });
  }

  function createConsumer(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    { prefetch }: ReceiveOptions,
  ): Consumer {
    const consumer: Consumer = {
      queue,
      inHand: 0,
      hasRoom: () => consumer.inHand < prefetch,
      deliver(stored) {
        consumer.inHand++;
        onDelivery(new MemoryDelivery(stored, consumer, inHand));
      },
      cancelled() {
        declareAll();
        broker.declare(queue).attach(consumer);
      },
    };
    return consumer;
  }

  /** The delivery is settled from here on; undefined when it was before. */
  function release(delivery: Delivery): MemoryDelivery | undefined {
    if (!(delivery instanceof MemoryDelivery) || !inHand.remove(delivery.place)) return undefined;
    delivery.consumer.inHand--;
    return delivery;
  }

  async function whenOpen(): Promise<void> {
    if (isClosed) throw lost();
    if (isOpen()) return;
    const waiter = Promise.withResolvers<void>();
    const giveUp = () => !link.connected && waiter.reject(lost());
    const timer = setTimeout(giveUp, confirmTimeoutMs);
    waiting.add(waiter);
    await waiter.promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(waiter);
    });
  }

  const leave = broker.join(onLink);

  return {
    async receive(queue, onDelivery, options) {
      options.signal?.throwIfAborted();
      const consumer = createConsumer(queue, onDelivery, options);
      consumers.add(consumer);
      if (link.connected) broker.declare(queue).attach(consumer);
      return {
        async cancel() {
          consumers.delete(consumer);
          broker.find(queue)?.detach(consumer);
        },
      };
    },

    async send(queue, message, { delayMs = 0 } = {}) {
      await whenOpen();
      broker.publish(queue, message, delayMs);
    },

    async ack(delivery) {
      if (release(delivery) === undefined) return false;
      broker.find(delivery.queue)?.wake();
      return true;
    },

    async nack(delivery) {
      const released = release(delivery);
      if (released === undefined) return false;
      giveBack(released, false);
      return true;
    },

    async depth(queue) {
      return link.connected ? broker.find(queue)?.size() : undefined;
    },

    async inspect(name) {
      if (!link.connected) return undefined;
      const queue = broker.find(name);
      const [ready, consumers] = [queue?.size() ?? 0, queue?.consumerCount() ?? 0];
      return { exists: queue !== undefined, ready, consumers, leased: undefined };
    },

    async close() {
      if (isClosed) return;
      isClosed = true;
      leave();
      letGo({ counted: false });
    },
  };
}

interface Consumer extends MemoryConsumer {
  readonly queue: string;
  inHand: number;
}

/** In hand from the start. */
class MemoryDelivery implements Delivery {
  readonly stored: Stored;
  readonly consumer: Consumer;
  readonly place: Node<MemoryDelivery>;
  gone = false;
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly redelivered: boolean;
  readonly unsettled: number;

  constructor(stored: Stored, consumer: Consumer, inHand: LinkedList<MemoryDelivery>) {
    this.stored = stored;
    this.consumer = consumer;
    this.id = stored.id;
    this.queue = consumer.queue;
    // The consumer may free it, and the message may be delivered again.
    this.body = Buffer.from(stored.body);
    this.headers = stored.headers;
    this.properties = stored.properties;
    this.redelivered = stored.deliveries > 0;
    this.unsettled = stored.unsettled;
    this.place = inHand.add(this);
  }
}

function lost(): SendError {
  return new SendError('lost', 'the connection to the broker is lost');
}
