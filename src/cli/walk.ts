import type { Delivery, Transport } from '../transport/transport.ts';

export interface WalkOptions {
  readonly transport: Transport;
  readonly queue: string;
  /** Decides about one message after the other. What is left returns to its place at the end. */
  readonly visit: (delivery: Delivery) => Promise<Verdict>;
  /** The queue counts as drained when nothing has come for so long, in milliseconds. */
  readonly quietMs: number;
  /** Ends the walk before the next message. */
  readonly stopped: AbortSignal;
}

export type Verdict = 'settled' | 'left';

/** The most messages in hand at once: those that are left, and those that have come and are not visited yet. */
export const MAX_IN_HAND = 10_000;

/**
 * Walks over a queue, each message once: what is left is kept in hand until consuming has ended, so that it does not
 * come again. Ends early when `MAX_IN_HAND` messages are left.
 */
export async function walkQueue(options: WalkOptions): Promise<void> {
  const { transport, queue, visit, quietMs, stopped } = options;
  const waiting: Delivery[] = [];
  const left: Delivery[] = [];
  let wake = (): void => {}; // nobody waits yet
  const subscription = await transport.receive(
    queue,
    (delivery) => {
      waiting.push(delivery);
      wake();
    },
    { prefetch: MAX_IN_HAND },
  );

  /** Undefined when nothing comes any more. */
  async function next(): Promise<Delivery | undefined> {
    if (waiting.length === 0 && !stopped.aborted) {
      const arrival = Promise.withResolvers<void>();
      wake = arrival.resolve;
      // One more turn: what came while the event loop was busy has not been seen yet.
      const timer = setTimeout(() => setImmediate(arrival.resolve), quietMs);
      stopped.addEventListener('abort', wake, { once: true });
      await arrival.promise;
      clearTimeout(timer);
      stopped.removeEventListener('abort', wake);
    }
    return stopped.aborted ? undefined : waiting.shift();
  }

  try {
    for (let delivery = await next(); delivery !== undefined; delivery = await next()) {
      left.push(delivery);
      if ((await visit(delivery)) === 'settled') left.pop();
    }
  } finally {
    await subscription.cancel();
    for (const delivery of [...left, ...waiting]) await transport.nack(delivery);
  }
}
