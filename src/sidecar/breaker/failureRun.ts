import type { CallCounts } from './callWindow.ts';

/**
 * A run of failures. It begins with a failure, and ends with the success of a call that began after
 * that failure. Calls that began earlier may still succeed, as at the start of an outage; they
 * count in the run and do not end it.
 */
export class FailureRun {
  readonly #maxMs: number;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  /** The number of calls that had begun when the run started. */
  #callsBefore = 0;
  #failures = 0;
  #successes = 0;
  #failuresInRow = 0;

  /** @param maxMs the duration after which a run ends, in milliseconds */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** @param callsBegun the number of all calls that have begun so far */
  addFailure(callsBegun: number, nowMs: number): void {
    if (this.#failures === 0 || nowMs - this.#startedAtMs > this.#maxMs) {
      this.clear();
      this.#startedAtMs = nowMs;
      this.#callsBefore = callsBegun;
    }
    this.#failures++;
    this.#failuresInRow++;
  }

  /** @param call the number of the call, counted from 1 */
  addSuccess(call: number): void {
    this.#failuresInRow = 0;
    if (call > this.#callsBefore) this.clear();
    else this.#successes++;
  }

  /** Returns the counts if the run has this number of failures, at this rate or in a row. */
  find(failures: number, errorRate: number): CallCounts | undefined {
    const inRow = this.#failuresInRow;
    if (inRow >= failures) return { calls: inRow, failures: inRow };
    const calls = this.#failures + this.#successes;
    const isReached = this.#failures >= failures && this.#failures / calls >= errorRate;
    return isReached ? { calls, failures: this.#failures } : undefined;
  }

  clear(): void {
    this.#failures = this.#successes = this.#failuresInRow = 0;
  }
}
