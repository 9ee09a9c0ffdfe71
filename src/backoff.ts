/** How long to wait before another attempt: twice as long after each failure. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
  /**
   * The part of each delay that is random, from 0 to 1, so that many processes do not try at the
   * same moment.
   */
  readonly jitter: number;
}

/** The delay, in milliseconds, after a number of failures in a row. `failures` is at least 1. */
export function delayAfter(failures: number, { minMs, maxMs, jitter }: Backoff): number {
  const longestMs = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return longestMs * (1 - jitter * Math.random());
}

/**
 * Resolves after a delay in milliseconds. Rejects with the signal's reason when the signal aborts.
 */
export type Sleep = (delayMs: number) => Promise<void>;

/**
 * Creates a sleep that ends early with a signal. All its sleepers share one listener on the signal.
 */
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

export interface RetryOptions {
  readonly backoff: Backoff;
  readonly sleep: Sleep;
  /** Called after each failure, before the delay. What it throws ends the loop. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/**
 * Calls `attempt` until it resolves, with a delay after each failure.
 * @throws what `onFailure` throws, or the reason of the signal that ends the sleep
 */
export async function retryWithBackoff<T>(
  attempt: () => Promise<T>,
  { backoff, sleep, onFailure }: RetryOptions,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = delayAfter(failures, backoff);
      onFailure(error, delayMs);
      await sleep(delayMs);
    }
  }
}
