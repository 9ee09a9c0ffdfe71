import type { Delivery, Subscription, Transport } from '../../../src/transport/transport.ts';

/** The messages of a queue in order of arrival. Each is acked on arrival. */
export interface Arrivals {
  readonly arrived: readonly Delivery[];
  /** Resolves with the next message that `take` has not returned yet. */
  take(): Promise<Delivery>;
  close(): Promise<void>;
}

export async function openArrivals(transport: Transport, queue: string): Promise<Arrivals> {
  const arrived: Delivery[] = [];
  const waiting: ((delivery: Delivery) => void)[] = [];
  let taken = 0;
  const subscription: Subscription = await transport.receive(
    queue,
    (delivery) => {
      arrived.push(delivery);
      void transport.ack(delivery);
      const next = waiting.shift();
      if (next !== undefined) {
        taken++;
        next(delivery);
      }
    },
    { prefetch: 100 },
  );
  return {
    arrived,
    take: () => {
      const ready = waiting.length === 0 ? arrived[taken] : undefined;
      if (ready === undefined) return new Promise((resolve) => waiting.push(resolve));
      taken++;
      return Promise.resolve(ready);
    },
    close: () => subscription.cancel(),
  };
}
