import { createSleep, delayAfter, type Backoff } from '../../../backoff.ts';
import { SECOND } from '../../../units.ts';

/** Finds a restarted broker soon; the jitter spreads the reconnects of many clients. */
export const RECONNECT_BACKOFF: Backoff = { minMs: 100, maxMs: 10 * SECOND, jitter: 1 };

export interface RepeatOptions {
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
  { stableMs, stop }: RepeatOptions,
): Promise<void> {
  const sleep = createSleep(stop);
  let shortRuns = 0;
  while (!stop.aborted) {
    const startedAtMs = performance.now();
    await task();
    shortRuns = performance.now() - startedAtMs > stableMs ? 1 : shortRuns + 1;
    // The sleep rejects when `stop` aborts; the loop then ends.
    await sleep(delayAfter(shortRuns, RECONNECT_BACKOFF)).catch(() => undefined);
  }
}
