/** A monotonic clock with timers. */
export interface Clock {
  /** In milliseconds; the origin is arbitrary. */
  nowMs(): number;
  /** Calls a function once after a delay. Returns a function that cancels the call. */
  callAfter(delayMs: number, call: () => void): () => void;
}

/**
 * The clock of the process. A delay over 24 days ends after 24 days. Its timers do not keep the
 * process alive.
 */
export const processClock: Clock = {
  nowMs: () => performance.now(),
  callAfter(delayMs, call) {
    const timer = setTimeout(call, Math.min(Math.ceil(delayMs), MAX_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};

/** The longest delay of a Node timer: 24 days. A longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
