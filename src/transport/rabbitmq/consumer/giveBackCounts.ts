import { createIdentify } from '../../message.ts';
import type { Delivery } from '../../transport.ts';

/**
 * Counts how often this process has given back each message: the broker counts a requeue like a
 * failed delivery. A message is hashed only while some message is counted.
 */
export interface GiveBackCounts {
  /** Counts one more give-back of a message. */
  readonly add: (delivery: Delivery) => void;
  /** Returns 0 for a message that this process has not given back. */
  readonly countOf: (delivery: CountedDelivery) => number;
  readonly forget: (delivery: Delivery) => void;
}

/** A message id need not be unique, so a message is identified by more than its id. */
type CountedDelivery = Pick<Delivery, 'id' | 'headers' | 'body' | 'redelivered'>;

/** Older counts are dropped first. */
const MAX_COUNTED = 10_000;

export function createGiveBackCounts(): GiveBackCounts {
  const identify = createIdentify();
  /** By message identity, the most recently given back last. */
  const counts = new Map<string, number>();

  /** A message that was given back is delivered again as redelivered. */
  function mayBeCounted({ redelivered }: CountedDelivery): boolean {
    return redelivered && counts.size > 0;
  }

  return {
    add: (delivery) => {
      const identity = identify(delivery);
      const count = (counts.get(identity) ?? 0) + 1;
      counts.delete(identity);
      counts.set(identity, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_COUNTED && oldest !== undefined) counts.delete(oldest);
    },
    countOf: (delivery) => (mayBeCounted(delivery) ? (counts.get(identify(delivery)) ?? 0) : 0),
    forget: (delivery) => {
      if (mayBeCounted(delivery)) counts.delete(identify(delivery));
    },
  };
}
