import { AsyncLocalStorage } from 'node:async_hooks';

/** A monotonic clock with timers. */
export interface Clock {
  /** In milliseconds; the origin is arbitrary. */
  nowMs(): number;
  /** Calls a function once after a delay. Returns a function that cancels the call. */
  callAfter(delayMs: number, call: () => void): () => void;
}

/**
 * Creates the clock of the process. Its timers run in the asynchronous context of this call, so
 * that they log no ids of a hop, and do not keep the process alive. A delay over 24 days ends after
 * 24 days.
 */
export function createProcessClock(): Clock {
  const runOutside = AsyncLocalStorage.snapshot();
  return {
    nowMs: () => performance.now(),
    callAfter(delayMs, call) {
      const timer = runOutside(setTimeout, call, Math.min(Math.ceil(delayMs), MAX_TIMER_MS));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** The longest delay of a Node timer: 24 days. A longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
