import { randomInt } from 'node:crypto';
import { LinkedList, type Node } from '../../linkedList.ts';
import type { Headers, MessageProperties } from '../message.ts';
import type { Delivery } from '../transport.ts';
import { NO_LEASE, type Lease, type Row, type Store } from './store.ts';
import type { Writer } from './writer.ts';

/**
 * The leases of the deliveries that this process has in hand; each is renewed until it is released.
 */
export interface Leases {
  /** A new lease, beginning now. */
  next(): Lease;
  /** `free` is called when the delivery is gone before it was released. */
  hold(queue: string, row: Row, free: () => void): Delivery;
  /**
   * What settles it, for the caller to do so, and to free the place; undefined when it is settled
   * or gone.
   */
  release(delivery: Delivery): Held | undefined;
  /** Renews what this process, when it was stopped for a while, has not renewed in time. */
  catchUp(): void;
  /** Stops renewing. What was in hand is gone, and returned for the caller to give back. */
  close(): readonly Held[];
}

export interface Held {
  readonly row: Row;
  /** Makes room for another delivery. */
  readonly free: () => void;
  /** The lease is lost: the delivery is gone. */
  lose(): void;
}

export interface LeasesOptions {
  readonly store: Store;
  readonly writer: Writer;
  readonly leaseMs: number;
}

export function createLeases({ store, writer, leaseMs }: LeasesOptions): Leases {
  const inHand = new LinkedList<LeasedDelivery>();
  let lastToken = NO_LEASE + randomInt(2 ** 48 - 1);
  let renewedAtMs = Date.now();
  const timer = setInterval(renew, leaseMs / 3);

  function renew(): void {
    renewedAtMs = Date.now();
    if (inHand.size === 0) return;
    writer
      .settle(() => all().filter(({ row }) => !store.renew(row, Date.now() + leaseMs)))
      .then(
        (lost) => lost.forEach((held) => held.lose()),
        () => 'closed meanwhile: what is in hand is gone anyway',
      );
  }

  function all(): LeasedDelivery[] {
    return Array.from(inHand, ({ value }) => value);
  }

  return {
    next() {
      const startsAtMs = Date.now();
      return { token: ++lastToken, startsAtMs, endsAtMs: startsAtMs + leaseMs };
    },

    hold(queue, row, free) {
      // The lease ran out before it was renewed, and this process itself was the next to take the
      // message.
      if (row.deliveries > 0)
        all()
          .find(({ row: { rowId } }) => rowId === row.rowId)
          ?.lose();
      return new LeasedDelivery(queue, row, free, inHand);
    },

    release: (delivery) =>
      delivery instanceof LeasedDelivery && delivery.leave() ? delivery : undefined,

    catchUp() {
      if (Date.now() - renewedAtMs > leaseMs / 2) renew();
    },

    close() {
      clearInterval(timer);
      const held = all();
      for (const delivery of held) delivery.lose();
      return held;
    },
  };
}

/** In hand from the start. */
class LeasedDelivery implements Delivery, Held {
  readonly row: Row;
  readonly free: () => void;
  gone = false;
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly redelivered: boolean;
  readonly unsettled: number;
  readonly #inHand: LinkedList<LeasedDelivery>;
  readonly #place: Node<LeasedDelivery>;

  constructor(queue: string, row: Row, free: () => void, inHand: LinkedList<LeasedDelivery>) {
    this.row = row;
    this.free = free;
    this.id = row.messageId;
    this.queue = queue;
    this.body = row.body;
    this.headers = row.headers;
    this.properties = row.properties;
    this.redelivered = row.deliveries > 0;
    this.unsettled = row.unsettled;
    this.#inHand = inHand;
    this.#place = inHand.add(this);
  }

  /** False when it is not in hand any more. */
  leave(): boolean {
    return this.#inHand.remove(this.#place);
  }

  lose(): void {
    this.gone = true;
    if (this.leave()) this.free();
  }
}
