import type { Clock } from '../../clock.ts';
import { MINUTE, SECOND } from '../../units.ts';
import type { Intake } from '../intake.ts';
import type { RateLimiter } from './rateLimiter.ts';

/** A call that has to wait longer is not received: consuming pauses. */
export const MAX_WAIT_MS = MINUTE;

/** Below `MAX_WAIT_MS`, so that a message that arrives after the pause is not given back. */
const RESUME_WAIT_MS = 30 * SECOND;

export interface RatePauseOptions {
  readonly limiter: RateLimiter;
  readonly intake: Intake;
  readonly prefetch: number;
  /** The number of messages that one call may take. */
  readonly batchSize: number;
  readonly clock: Clock;
  /** Aborts when the process releases its deliveries. */
  readonly closed: AbortSignal;
}

/**
 * Pauses consuming while a new call would wait longer than a minute. After a pause, the prefetch is
 * the number of messages whose calls may start soon, so that no message waits here that another
 * replica could process.
 */
export class RatePause {
  readonly #options: RatePauseOptions;
  #cancelTimer = (): void => {};
  #isPaused = false;
  #isNarrow = false;

  constructor(options: RatePauseOptions) {
    this.#options = options;
    options.closed.addEventListener('abort', () => this.#cancelTimer(), { once: true });
    const prefetch = this.#countStartable();
    this.#isNarrow = prefetch < options.prefetch;
    if (this.#isNarrow) options.intake.limit('rate_limit', prefetch);
  }

  /** To be called after each start and each arrival of a call. */
  update(): void {
    const { limiter, intake, prefetch } = this.#options;
    if (this.#isPaused) return;
    const waitMs = limiter.waitMs();
    if (waitMs > MAX_WAIT_MS) return this.#pause(waitMs);
    if (!this.#isNarrow || limiter.waitMs(this.#maxCalls() - 1) > RESUME_WAIT_MS) return;
    this.#isNarrow = false;
    intake.limit('rate_limit', prefetch);
  }

  #pause(waitMs: number): void {
    this.#isPaused = true;
    void this.#options.intake.pause('rate_limit');
    this.#resumeAfter(waitMs - RESUME_WAIT_MS);
  }

  #resumeAfter(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.callAfter(delayMs, () => this.#resume());
  }

  #resume(): void {
    const { limiter, intake, prefetch } = this.#options;
    const leftMs = limiter.waitMs() - RESUME_WAIT_MS;
    if (leftMs > 0) return this.#resumeAfter(leftMs);
    const startable = this.#countStartable();
    this.#isPaused = false;
    this.#isNarrow = startable < prefetch;
    intake.resume('rate_limit', startable);
  }

  /** The number of messages whose calls may start soon: at least one, at most the prefetch. */
  #countStartable(): number {
    const { limiter, prefetch, batchSize } = this.#options;
    const maxCalls = this.#maxCalls();
    let calls = 1;
    while (calls < maxCalls && limiter.waitMs(calls) <= RESUME_WAIT_MS) calls++;
    return Math.min(calls * batchSize, prefetch);
  }

  /** The number of calls that take as many messages as the prefetch. */
  #maxCalls(): number {
    const { prefetch, batchSize } = this.#options;
    return Math.ceil(prefetch / batchSize);
  }
}
