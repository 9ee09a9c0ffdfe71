import { randomInt } from 'node:crypto';
import { LinkedList, type Node } from '../../linkedList.ts';
import type { Headers, MessageProperties } from '../message.ts';
import type { Delivery } from '../transport.ts';
import type { BatchWriter } from './batchWriter.ts';
import { NO_LEASE } from './schema.ts';
import type { Lease, LeasedMessage, Store } from './store.ts';

export interface LeasesOptions {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly leaseMs: number;
}

/** The leases of this process's unsettled deliveries. Renews each of them until its release. */
export class Leases {
  readonly #store: Store;
  readonly #writer: BatchWriter;
  readonly #leaseMs: number;
  readonly #unsettled = new LinkedList<LeasedDelivery>();
  readonly #timer: NodeJS.Timeout;
  #lastToken = NO_LEASE + randomInt(2 ** 48 - 1);
  #renewedAtMs = Date.now();

  constructor({ store, writer, leaseMs }: LeasesOptions) {
    this.#store = store;
    this.#writer = writer;
    this.#leaseMs = leaseMs;
    this.#timer = setInterval(() => this.#renew(), leaseMs / 3);
  }

  /** Creates a lease that starts now. */
  create(): Lease {
    const startsAtMs = Date.now();
    return { token: ++this.#lastToken, startsAtMs, endsAtMs: startsAtMs + this.#leaseMs };
  }

  /**
   * Creates the delivery of a leased message.
   * @param freeSlot called when the lease is lost before the delivery is released
   */
  add(queue: string, message: LeasedMessage, freeSlot: () => void): LeasedDelivery {
    // This process may have leased a message again whose lease it renewed too late.
    if (message.deliveries > 0)
      this.#all()
        .find((delivery) => delivery.message.rowId === message.rowId)
        ?.lose();
    return new LeasedDelivery(queue, message, freeSlot, this.#unsettled);
  }

  /**
   * Stops renewing a delivery's lease. The caller then settles the message and frees the slot.
   * Returns undefined when the delivery is settled or gone.
   */
  release(delivery: Delivery): LeasedDelivery | undefined {
    return delivery instanceof LeasedDelivery && delivery.remove() ? delivery : undefined;
  }

  /** Renews all leases when the timer is late, for example after the process was suspended. */
  renewIfLate(): void {
    if (Date.now() - this.#renewedAtMs > this.#leaseMs / 2) this.#renew();
  }

  /** Stops renewing. Returns the unsettled deliveries, now gone, for the caller to requeue. */
  close(): readonly LeasedDelivery[] {
    clearInterval(this.#timer);
    const unsettled = this.#all();
    for (const delivery of unsettled) delivery.lose();
    return unsettled;
  }

  #renew(): void {
    this.#renewedAtMs = Date.now();
    if (this.#unsettled.size === 0) return;
    const renewAll = (): LeasedDelivery[] =>
      this.#all().filter(({ message }) => !this.#store.renew(message, Date.now() + this.#leaseMs));
    this.#writer.commit(renewAll).then(
      (lost) => lost.forEach((delivery) => delivery.lose()),
      () => 'the writer is closed, and with it all deliveries are gone',
    );
  }

  #all(): LeasedDelivery[] {
    return Array.from(this.#unsettled, ({ value }) => value);
  }
}

/** An unsettled delivery. It stays in the list of its process until it is released or lost. */
export class LeasedDelivery implements Delivery {
  readonly message: LeasedMessage;
  readonly freeSlot: () => void;
  gone = false;
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly redelivered: boolean;
  readonly unsettled: number;
  readonly #list: LinkedList<LeasedDelivery>;
  readonly #node: Node<LeasedDelivery>;

  constructor(
    queue: string,
    message: LeasedMessage,
    freeSlot: () => void,
    list: LinkedList<LeasedDelivery>,
  ) {
    this.message = message;
    this.freeSlot = freeSlot;
    this.id = message.messageId;
    this.queue = queue;
    this.body = message.body;
    this.headers = message.headers;
    this.properties = message.properties;
    this.redelivered = message.deliveries > 0;
    this.unsettled = message.unsettled;
    this.#list = list;
    this.#node = list.add(this);
  }

  /** Returns false when the delivery was removed before. */
  remove(): boolean {
    return this.#list.remove(this.#node);
  }

  /** Marks the delivery as gone after its lease is lost. */
  lose(): void {
    this.gone = true;
    if (this.remove()) this.freeSlot();
  }
}
