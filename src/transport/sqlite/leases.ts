import { randomInt } from 'node:crypto';
import type { Delivery } from '../transport.ts';
import { NO_LEASE, type Lease, type Row, type Store } from './store.ts';
import type { Writer } from './writer.ts';

/** The leases of the deliveries that this process has in hand; each is renewed until it is released. */
export interface Leases {
  /** A new lease, beginning now. */
  next(): Lease;
  /** `free` is called when the delivery is gone before it was released. */
  hold(queue: string, row: Row, free: () => void): Delivery;
  /** What settles it, for the caller to do so, and to free the place; undefined when it is settled or gone. */
  release(delivery: Delivery): Held | undefined;
  /** Renews what this process, when it was stopped for a while, has not renewed in time. */
  catchUp(): void;
  /** Stops renewing. What was in hand is gone, and returned for the caller to give back. */
  close(): readonly Held[];
}

export interface Held {
  readonly row: Row;
  /** Makes room for another delivery. */
  free(): void;
  /** The lease is lost: the delivery is gone. */
  lose(): void;
}

export interface LeasesOptions {
  readonly store: Store;
  readonly writer: Writer;
  readonly leaseMs: number;
}

export function createLeases({ store, writer, leaseMs }: LeasesOptions): Leases {
  const byDelivery = new Map<Delivery, Held>();
  const byRow = new Map<number, Held>();
  let lastToken = NO_LEASE + randomInt(2 ** 48 - 1);
  let renewedAtMs = Date.now();
  const timer = setInterval(renew, leaseMs / 3);

  function renew(): void {
    renewedAtMs = Date.now();
    if (byRow.size === 0) return;
    writer
      .settle(() => [...byRow.values()].filter(({ row }) => !store.renew(row, Date.now() + leaseMs)))
      .then(
        (lost) => lost.forEach((held) => held.lose()),
        () => 'closed meanwhile: what is in hand is gone anyway',
      );
  }

  function drop(delivery: Delivery, { row }: Held): void {
    byDelivery.delete(delivery);
    byRow.delete(row.rowId);
  }

  return {
    next() {
      const startsAtMs = Date.now();
      return { token: ++lastToken, startsAtMs, endsAtMs: startsAtMs + leaseMs };
    },

    hold(queue, row, free) {
      // The lease ran out before it was renewed, and this process itself was the next to take the message.
      byRow.get(row.rowId)?.lose();
      let isGone = false;
      const delivery = toDelivery(queue, row, () => isGone);
      const held: Held = {
        row,
        free,
        lose() {
          isGone = true;
          if (byDelivery.get(delivery) !== held) return;
          drop(delivery, held);
          free();
        },
      };
      byDelivery.set(delivery, held);
      byRow.set(row.rowId, held);
      return delivery;
    },

    release(delivery) {
      const held = byDelivery.get(delivery);
      if (held !== undefined) drop(delivery, held);
      return held;
    },

    catchUp() {
      if (Date.now() - renewedAtMs > leaseMs / 2) renew();
    },

    close() {
      clearInterval(timer);
      const all = [...byRow.values()];
      for (const held of all) held.lose();
      return all;
    },
  };
}

function toDelivery(queue: string, row: Row, isGone: () => boolean): Delivery {
  return {
    id: row.messageId,
    queue,
    body: row.body,
    headers: row.headers,
    redelivered: row.deliveries > 0,
    unsettled: row.unsettled,
    get gone() {
      return isGone();
    },
  };
}
