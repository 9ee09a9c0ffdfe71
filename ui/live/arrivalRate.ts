const SECOND = 1_000;

/** The number of hops per second, and of failed ones among them. */
export interface Rate {
  readonly hops: number;
  readonly failed: number;
}

/** Counts hops as they arrive, in slots of a second. */
export class ArrivalRate {
  readonly #windowSeconds: number;
  readonly #hops: number[];
  readonly #failed: number[];
  #startMs: number;
  #second = 0;

  /** @param startMs the time of the first count; all times are in milliseconds */
  constructor(startMs: number, windowSeconds = 60) {
    this.#startMs = startMs;
    this.#windowSeconds = windowSeconds;
    this.#hops = Array.from({ length: windowSeconds }, () => 0);
    this.#failed = Array.from({ length: windowSeconds }, () => 0);
  }

  /** Begins again, because hops were missed. */
  restart(nowMs: number): void {
    this.#startMs = nowMs;
    this.#second = 0;
    this.#hops.fill(0);
    this.#failed.fill(0);
  }

  add(hops: number, failed: number, nowMs: number): void {
    const slot = this.#advance(nowMs) % this.#windowSeconds;
    this.#hops[slot] = (this.#hops[slot] ?? 0) + hops;
    this.#failed[slot] = (this.#failed[slot] ?? 0) + failed;
  }

  /**
   * The averages over the window, or since the start if that is shorter. Undefined in the first
   * seconds, because they say nothing.
   */
  rate(nowMs: number): Rate | undefined {
    this.#advance(nowMs);
    const elapsedSeconds = (nowMs - this.#startMs) / SECOND;
    if (elapsedSeconds < MIN_SECONDS) return undefined;
    // The current second is not over, so that the window is shorter by its rest.
    const rest = 1 - (elapsedSeconds % 1);
    const seconds = Math.min(elapsedSeconds, this.#windowSeconds - rest);
    const sum = (counts: readonly number[]): number => counts.reduce((all, it) => all + it, 0);
    return { hops: sum(this.#hops) / seconds, failed: sum(this.#failed) / seconds };
  }

  /** Empties the slots of the seconds that have passed. Returns the current second. */
  #advance(nowMs: number): number {
    const second = Math.max(this.#second, Math.floor((nowMs - this.#startMs) / SECOND));
    const passed = Math.min(second - this.#second, this.#windowSeconds);
    for (let at = second - passed + 1; at <= second; at++) {
      this.#hops[at % this.#windowSeconds] = 0;
      this.#failed[at % this.#windowSeconds] = 0;
    }
    this.#second = second;
    return second;
  }
}

const MIN_SECONDS = 3;
