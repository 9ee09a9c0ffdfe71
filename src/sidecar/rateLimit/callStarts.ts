/** At most `count` calls start within any window of `windowMs` milliseconds. */
export interface RateLimit {
  readonly count: number;
  readonly windowMs: number;
}

/**
 * The start times of the last `count` calls. The next call may start once the oldest of them was
 * `windowMs` ago, so that the limit holds in every window and not only in aligned ones.
 */
export class CallStarts {
  readonly #windowMs: number;
  /** A ring buffer, in milliseconds. */
  readonly #starts: Float64Array;
  #oldest = 0;

  constructor({ count, windowMs }: RateLimit) {
    this.#windowMs = windowMs;
    this.#starts = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  add(nowMs: number): void {
    this.#starts[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#starts.length;
  }

  /** Milliseconds until a call may start, if `ahead` calls start before it as early as they may. */
  waitMs(nowMs: number, ahead: number): number {
    const { length } = this.#starts;
    const start = this.#starts[(this.#oldest + ahead) % length] ?? nowMs;
    const ownWaitMs = Math.max(0, start + this.#windowMs - nowMs);
    return ownWaitMs + Math.floor(ahead / length) * this.#windowMs;
  }
}
