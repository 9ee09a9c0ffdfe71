import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../../src/transport/transport.ts';
import { SECOND } from '../../../src/units.ts';

/** Collects the deliveries of a subscription. */
export interface Inbox {
  readonly onDelivery: (delivery: Delivery) => void;
  /** All deliveries received so far. */
  readonly all: readonly Delivery[];
  /** Resolves with the next delivery that no other call has returned. */
  next(): Promise<Delivery>;
  /** Resolves with the next `count` deliveries. */
  take(count: number): Promise<Delivery[]>;
}

const TIMEOUT_MS = 30 * SECOND;

export function createInbox(): Inbox {
  const all: Delivery[] = [];
  let taken = 0;
  let arrived = Promise.withResolvers<void>();

  async function next(): Promise<Delivery> {
    const index = taken++;
    const deadline = new AbortController();
    const late = sleep(TIMEOUT_MS, 'late' as const, { signal: deadline.signal });
    late.catch(() => 'the delivery arrived in time');
    try {
      for (;;) {
        const delivery = all[index];
        if (delivery !== undefined) return delivery;
        if ((await Promise.race([arrived.promise, late])) === 'late') {
          throw new Error(
            `no delivery ${index + 1} within ${TIMEOUT_MS} ms; ${all.length} received`,
          );
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
