import type { HrTime } from '@opentelemetry/api';

/** The clocks of the process, in milliseconds: monotonic time and time of day. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
}

/** A clock with the time of day of its anchor, and the steady rate of the monotonic clock. */
export class AnchoredClock {
  readonly #clocks: Clocks;
  readonly #offsetMs: number;

  constructor(clocks: Clocks, offsetMs: number) {
    this.#clocks = clocks;
    this.#offsetMs = offsetMs;
  }

  /** The time of day at a time of the monotonic clock. */
  timeOfDayMs(monotonicMs: number): number {
    return this.#offsetMs + monotonicMs;
  }

  nowMs(): number {
    return this.timeOfDayMs(this.#clocks.monotonic());
  }

  now(): HrTime {
    const nowMs = this.nowMs();
    const restMs = nowMs % 1000;
    return [(nowMs - restMs) / 1000, Math.round(restMs * 1e6)];
  }
}

/** A larger deviation means that the wall clock was set, or that the machine was suspended. */
const MAX_DEVIATION_MS = 10;

/**
 * If two reads of the clocks are further apart, the process was interrupted in between, and the
 * difference of the clocks is not known.
 */
const MAX_READING_MS = 1;

const PROCESS_CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * The clock of all spans of a process: monotonic, anchored to the wall clock, and anchored again
 * after a step of the wall clock. A span with a parent in this process uses its parent's clock, so
 * that it lies inside its parent.
 */
export class SpanClock {
  readonly #clocks: Clocks;
  #anchored: AnchoredClock;

  constructor(clocks: Clocks = PROCESS_CLOCKS, offsetMs: number = performance.timeOrigin) {
    this.#clocks = clocks;
    this.#anchored = new AnchoredClock(clocks, offsetMs);
  }

  /** Returns the clock for a span without a parent in this process. */
  anchoredClock(): AnchoredClock {
    const monotonicMs = this.#clocks.monotonic();
    const wallMs = this.#clocks.wall();
    const isInterrupted = this.#clocks.monotonic() - monotonicMs > MAX_READING_MS;
    const deviationMs = Math.abs(wallMs - this.#anchored.timeOfDayMs(monotonicMs));
    if (!isInterrupted && deviationMs > MAX_DEVIATION_MS) {
      // The wall clock returns whole milliseconds: on average, half a millisecond more has passed.
      this.#anchored = new AnchoredClock(this.#clocks, wallMs + 0.5 - monotonicMs);
    }
    return this.#anchored;
  }
}
