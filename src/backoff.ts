/** The delays between attempts, which double after each failure. */
export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
  /** The random share of each delay, from 0 to 1. It spreads the attempts of many processes. */
  readonly jitter: number;
}

/** Returns the delay in milliseconds after consecutive failures. `failures` is at least 1. */
export function delayAfter(failures: number, { minMs, maxMs, jitter }: Backoff): number {
  const longestMs = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return longestMs * (1 - jitter * Math.random());
}

/**
 * Resolves after a delay in milliseconds. Rejects with the signal's reason when the signal aborts.
 */
export type Sleep = (delayMs: number) => Promise<void>;

/** Creates a `Sleep` that a signal interrupts. All calls share one listener on the signal. */
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
  /** Called after each failure, before the delay. An error that it throws ends the loop. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/**
 * Calls `attempt` until it resolves, and sleeps after each failure.
 * @throws the error of `onFailure`, or the reason of the signal that interrupts the sleep
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

export interface RepeatOptions {
  readonly backoff: Backoff;
  /** A run of at least this duration, in milliseconds, resets the backoff. */
  readonly stableMs: number;
  readonly stop: AbortSignal;
}

/**
 * Runs a long-lived task again each time it ends, until `stop` aborts. The delay between two runs
 * grows with each short run.
 */
export async function repeatWithBackoff(
  task: () => Promise<void>,
  { backoff, stableMs, stop }: RepeatOptions,
): Promise<void> {
  const sleep = createSleep(stop);
  let shortRuns = 0;
  while (!stop.aborted) {
    const startedAtMs = performance.now();
    await task();
    shortRuns = performance.now() - startedAtMs > stableMs ? 1 : shortRuns + 1;
    // The sleep rejects when `stop` aborts; the loop then ends.
    await sleep(delayAfter(shortRuns, backoff)).catch(() => undefined);
  }
}
