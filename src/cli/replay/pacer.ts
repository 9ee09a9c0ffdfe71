import type { Sleep } from '../../backoff.ts';
import type { Rate } from './rate.ts';

/** Milliseconds on a monotonic clock. */
export type Clock = () => number;

/**
 * Spaces publishes evenly. A publish that a timer has delayed does not delay all later ones, but in
 * no window do more than `count` publishes start.
 */
export class Pacer {
  readonly #rate: Rate;
  readonly #sleep: Sleep;
  readonly #nowMs: Clock;
  /** The starts of the last `count` turns, as a ring. */
  readonly #startsMs: Float64Array;
  #turns = 0;
  #lastSlotMs = Number.NEGATIVE_INFINITY;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(rate: Rate, sleep: Sleep, nowMs: Clock = () => performance.now()) {
    this.#rate = rate;
    this.#sleep = sleep;
    this.#nowMs = nowMs;
    this.#startsMs = new Float64Array(rate.count).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Resolves when the next publish may start, in the order of the calls.
   * @throws the reason of the signal that interrupts the sleep
   */
  turn(): Promise<void> {
    const turn = this.#previous.then(() => this.#wait());
    this.#previous = turn.catch(() => undefined);
    return turn;
  }

  async #wait(): Promise<void> {
    const { count, windowMs } = this.#rate;
    const index = this.#turns++ % count;
    const oldestMs = this.#startsMs[index] ?? 0;
    const slotMs = Math.max(this.#lastSlotMs + windowMs / count, oldestMs + windowMs);
    let nowMs = this.#nowMs();
    // A timer may fire up to a millisecond early.
    for (; nowMs < slotMs; nowMs = this.#nowMs()) await this.#sleep(slotMs - nowMs);
    this.#startsMs[index] = nowMs;
    this.#lastSlotMs = nowMs - slotMs <= MAX_DELAY_MS ? slotMs : nowMs;
  }
}

/** The longest delay of a turn that later turns make up for. */
const MAX_DELAY_MS = 20;
