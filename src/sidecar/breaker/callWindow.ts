/** A number of calls, and how many of them failed. */
export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
}

/** The number of buckets of a window, which is exact to one bucket. */
const BUCKETS = 60;

/** Counts the calls of the last `windowMs` milliseconds, in constant memory. */
export class CallWindow {
  readonly #bucketMs: number;
  readonly #calls = new Uint32Array(BUCKETS);
  readonly #failures = new Uint32Array(BUCKETS);
  /** The number of the newest bucket since the clock's origin. */
  #newest = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  record(hasFailed: boolean, nowMs: number): void {
    const index = this.#advance(nowMs);
    increment(this.#calls, index);
    if (hasFailed) increment(this.#failures, index);
  }

  count(nowMs: number): CallCounts {
    this.#advance(nowMs);
    return { calls: this.#calls.reduce(sum, 0), failures: this.#failures.reduce(sum, 0) };
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  /** Empties the buckets between the newest one and the current one, whose index it returns. */
  #advance(nowMs: number): number {
    const current = Math.floor(nowMs / this.#bucketMs);
    const first = Math.max(this.#newest + 1, current - BUCKETS + 1);
    for (let bucket = first; bucket <= current; bucket++) {
      const index = bucket % BUCKETS;
      this.#calls[index] = this.#failures[index] = 0;
    }
    this.#newest = Math.max(this.#newest, current);
    return this.#newest % BUCKETS;
  }
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

function sum(a: number, b: number): number {
  return a + b;
}
