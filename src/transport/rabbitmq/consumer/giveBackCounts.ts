import { createIdentify } from '../../message.ts';
import type { Delivery } from '../../transport.ts';

/**
 * How often this process has given back each message, since the broker counts a requeue as a failed
 * delivery. Messages are identified only while there is something to subtract.
 */
export interface GiveBackCounts {
  readonly add: (delivery: Delivery) => void;
  readonly countOf: (delivery: Identified) => number;
  readonly forget: (delivery: Delivery) => void;
}

export type Identified = Pick<Delivery, 'id' | 'headers' | 'body' | 'redelivered'>;

const MAX_REMEMBERED = 10_000;

export function createGiveBackCounts(): GiveBackCounts {
  const identify = createIdentify();
  /** By identity, the newest last. */
  const counts = new Map<string, number>();

  /** A message that was given back comes again as redelivered. */
  function mayBeKnown({ redelivered }: Identified): boolean {
    return redelivered && counts.size > 0;
  }

  return {
    add: (delivery) => {
      const identity = identify(delivery);
      const count = (counts.get(identity) ?? 0) + 1;
      counts.delete(identity);
      counts.set(identity, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_REMEMBERED && oldest !== undefined) counts.delete(oldest);
    },
    countOf: (delivery) => (mayBeKnown(delivery) ? (counts.get(identify(delivery)) ?? 0) : 0),
    forget: (delivery) => {
      if (mayBeKnown(delivery)) counts.delete(identify(delivery));
    },
  };
}
