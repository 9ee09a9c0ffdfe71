/** How long to wait before another attempt: twice as long after each failure. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
  /** The part of each delay that is random, from 0 to 1, so that many processes do not try at the same moment. */
  readonly jitter: number;
}

/** The delay, in milliseconds, after a number of failures in a row. `failures` is at least 1. */
export function delayAfter(failures: number, { minMs, maxMs, jitter }: Backoff): number {
  const longestMs = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return longestMs * (1 - jitter * Math.random());
}

/** Resolves after a delay in milliseconds. Rejects with the signal's reason when the signal aborts. */
export type Sleep = (delayMs: number) => Promise<void>;

/** Creates a sleep that ends early with a signal. All its sleepers share one listener on the signal. */
export function createSleep(signal: AbortSignal): Sleep {
  const sleepers = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of sleepers) wake();
  };
  signal.addEventListener('abort', wakeAll, { once: true });

  return async (delayMs) => {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    sleepers.add(resolve);
    await promise;
    clearTimeout(timer);
    sleepers.delete(resolve);
    signal.throwIfAborted();
  };
}
