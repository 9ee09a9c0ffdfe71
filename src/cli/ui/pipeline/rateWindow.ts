import { MINUTE, SECOND } from '../../../units.ts';
import { addCounts, increaseOf, NO_COUNTS, type Counts } from './counts.ts';

/** The increase of counters within some time. */
export interface Increase {
  readonly counts: Counts;
  readonly seconds: number;
}

/** A reading, as if the process had never restarted. */
interface Total {
  readonly atMs: number;
  readonly counts: Counts;
}

/** One reading of the counters of a process. */
export interface Reading {
  /** Of a monotonic clock. */
  readonly atMs: number;
  readonly counts: Counts;
  /** Identifies the process, if it is known. */
  readonly processStart: number | undefined;
}

/**
 * Between two readings, a rate is that of the last one. A sidecar that was not read for longer does
 * not answer, and its rate falls.
 */
const STALE_AFTER_MS = 10 * SECOND;

/** The readings of the counters of one sidecar in the last minute. */
export class RateWindow {
  /** The oldest first; the first one is the last reading before the window, if there is one. */
  readonly #totals: Total[] = [];
  #last: Reading | undefined;

  add(reading: Reading): void {
    const { atMs } = reading;
    const before = this.#totals.at(-1)?.counts ?? NO_COUNTS;
    const increase = this.#last === undefined ? NO_COUNTS : increaseBetween(this.#last, reading);
    this.#last = reading;
    this.#totals.push({ atMs, counts: addCounts(before, increase) });
    const start = this.#totals.findLastIndex((total) => total.atMs <= atMs - MINUTE);
    if (start > 0) this.#totals.splice(0, start);
  }

  /** Returns undefined before the second reading, and when no second one is recent. */
  increase(nowMs: number): Increase | undefined {
    const last = this.#totals.at(-1);
    if (last === undefined) return undefined;
    const endMs = Math.max(last.atMs, nowMs - STALE_AFTER_MS);
    const start = this.#totals.findLast(({ atMs }) => atMs <= endMs - MINUTE) ?? this.#totals[0];
    if (start === undefined || start === last) return undefined;
    const seconds = (endMs - start.atMs) / SECOND;
    return { counts: increaseOf(start.counts, last.counts), seconds };
  }
}

/** All counts of a new process are an increase. */
function increaseBetween(earlier: Reading, later: Reading): Counts {
  const isSame = earlier.processStart === later.processStart;
  return isSame ? increaseOf(earlier.counts, later.counts) : later.counts;
}
