import type { HrTime } from '@opentelemetry/api';

/** The clocks of the process, in milliseconds: one that never steps, and the time of day. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
}

/** The monotonic clock, and what has to be added to it for the time of day. */
export class AnchoredClock {
  readonly #clocks: Clocks;
  readonly #offsetMs: number;

  constructor(clocks: Clocks, offsetMs: number) {
    this.#clocks = clocks;
    this.#offsetMs = offsetMs;
  }

  nowMs(): number {
    return this.#offsetMs + this.#clocks.monotonic();
  }

  now(): HrTime {
    const nowMs = this.nowMs();
    const restMs = nowMs % 1000;
    return [(nowMs - restMs) / 1000, Math.round(restMs * 1e6)];
  }
}

/** A wall clock that deviates by more was set, or the machine was suspended. */
const MAX_DEVIATION_MS = 10;

/**
 * The clocks cannot be read at once; if the process was interrupted in between, they are not
 * compared.
 */
const MAX_READING_MS = 1;

const PROCESS_CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * The clock of all spans of a process: monotonic, anchored to the wall clock, and anchored again
 * after a step of the wall clock. A span whose parent is in this process has its parent's anchor,
 * so that it lies inside of it.
 */
export class SpanClock {
  readonly #clocks: Clocks;
  #anchor: AnchoredClock;

  constructor(clocks: Clocks = PROCESS_CLOCKS, offsetMs: number = performance.timeOrigin) {
    this.#clocks = clocks;
    this.#anchor = new AnchoredClock(clocks, offsetMs);
  }

  /** For a span without a parent in this process. */
  anchor(): AnchoredClock {
    const deviationMs = Math.abs(this.#clocks.wall() - this.#anchor.nowMs());
    if (deviationMs > MAX_DEVIATION_MS) this.#anchorAgain();
    return this.#anchor;
  }

  #anchorAgain(): void {
    const before = this.#clocks.monotonic();
    const wall = this.#clocks.wall();
    if (this.#clocks.monotonic() - before > MAX_READING_MS) return;
    // The wall clock shows the millisecond that has begun: on average, half of it is over.
    this.#anchor = new AnchoredClock(this.#clocks, wall + 0.5 - before);
  }
}
