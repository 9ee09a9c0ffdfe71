/** The calls of a window: all, those that failed, and those that failed after the last success. */
export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
  readonly failuresInRow: number;
}

/** The window is counted in so many buckets, and is exact to one of them. */
const BUCKETS = 60;

/** Counts the calls of the last `windowMs` milliseconds, in constant memory. */
export class CallWindow {
  readonly #bucketMs: number;
  readonly #calls = new Uint32Array(BUCKETS);
  readonly #failures = new Uint32Array(BUCKETS);
  /** The failures after the last success of each bucket. */
  readonly #failuresInRow = new Uint32Array(BUCKETS);
  /** The number of the newest bucket since the clock's origin. */
  #newest = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  record(hasFailed: boolean, nowMs: number): void {
    const index = this.#advance(nowMs);
    this.#add(this.#calls, index);
    if (!hasFailed) {
      this.#failuresInRow[index] = 0;
      return;
    }
    this.#add(this.#failures, index);
    this.#add(this.#failuresInRow, index);
  }

  count(nowMs: number): CallCounts {
    this.#advance(nowMs);
    return {
      calls: this.#calls.reduce(sum, 0),
      failures: this.#failures.reduce(sum, 0),
      failuresInRow: this.#countFailuresInRow(),
    };
  }

  clear(): void {
    for (const counts of [this.#calls, this.#failures, this.#failuresInRow]) counts.fill(0);
  }

  #countFailuresInRow(): number {
    let total = 0;
    for (let age = 0; age < BUCKETS; age++) {
      const index = indexOf(this.#newest - age);
      const inRow = this.#failuresInRow[index] ?? 0;
      total += inRow;
      if (inRow < (this.#calls[index] ?? 0)) break;
    }
    return total;
  }

  /** Empties the buckets between the newest one and the current one, whose index it returns. */
  #advance(nowMs: number): number {
    const current = Math.floor(nowMs / this.#bucketMs);
    const first = Math.max(this.#newest + 1, current - BUCKETS + 1);
    for (let bucket = first; bucket <= current; bucket++) {
      const index = indexOf(bucket);
      this.#calls[index] = this.#failures[index] = this.#failuresInRow[index] = 0;
    }
    this.#newest = Math.max(this.#newest, current);
    return indexOf(this.#newest);
  }

  #add(counts: Uint32Array, index: number): void {
    counts[index] = (counts[index] ?? 0) + 1;
  }
}

function indexOf(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}

function sum(a: number, b: number): number {
  return a + b;
}
