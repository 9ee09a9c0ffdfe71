import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../../src/transport/transport.ts';

/** Collects the deliveries of a subscription, for a test to take one after the other. */
export interface Inbox {
  readonly onDelivery: (delivery: Delivery) => void;
  /** Every delivery that has come, taken or not. */
  readonly all: readonly Delivery[];
  /** The next delivery that was not taken yet. */
  next(): Promise<Delivery>;
  take(count: number): Promise<Delivery[]>;
}

const TIMEOUT_MS = 15_000;

export function createInbox(): Inbox {
  const all: Delivery[] = [];
  let taken = 0;
  let arrived = Promise.withResolvers<void>();

  async function next(): Promise<Delivery> {
    const index = taken++;
    const deadline = new AbortController();
    const late = sleep(TIMEOUT_MS, 'late' as const, { signal: deadline.signal });
    late.catch(() => 'the delivery came in time');
    try {
      for (;;) {
        const delivery = all[index];
        if (delivery !== undefined) return delivery;
        if ((await Promise.race([arrived.promise, late])) === 'late') {
          throw new Error(`no delivery ${index + 1} within ${TIMEOUT_MS} ms; ${all.length} came`);
        }
      }
    } finally {
      deadline.abort();
    }
  }

  return {
    all,
    onDelivery(delivery) {
      all.push(delivery);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
    next,
    take: (count) => Promise.all(Array.from({ length: count }, next)),
  };
}
