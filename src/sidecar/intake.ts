import { delayAfter, type Backoff } from '../backoff.ts';
import type { PauseReason } from '../hop/hop.ts';
import type { Log } from '../log.ts';
import { SECOND } from '../units.ts';
import { Consumption, type Receive } from './consumption.ts';
import type { Health } from './health.ts';

export interface IntakeOptions {
  readonly prefetch: number;
  readonly health: Health;
  readonly log: Log;
  /** Ends the calls that wait for the runtime, so that their messages are given back. */
  readonly rejectWaiting: (reason: PauseReason) => void;
}

const BACKOFF: Backoff = { minMs: SECOND, maxMs: 30 * SECOND, jitter: 0 };

/**
 * Controls consuming: all parts of the sidecar pause and resume it here. The sidecar consumes while
 * there is no reason to pause and no backoff after a give-back. After a suspect was delivered, the
 * prefetch is 1, until as many ordinary messages as may have been given back with it have passed.
 */
export class Intake {
  readonly #options: IntakeOptions;
  #consumption: Consumption | undefined;
  #isNarrow = false;
  /** The largest prefetch for each reason that has one. */
  readonly #limits = new Map<PauseReason, number>();
  /** The number of ordinary messages to process one at a time before the prefetch is restored. */
  #ordinaryLeft = 0;
  #giveBacks = 0;
  #backoffUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Starts consuming, now or when the reasons to pause have ended. To be called once. */
  start(receive: Receive): void {
    this.#consumption = new Consumption(receive, (error) => {
      this.#options.log.error({ err: error }, 'changing the consumer failed; retrying');
      this.#changeLater(BACKOFF.minMs);
    });
    void this.#change();
  }

  /** Stops consuming; resolves when the broker has answered. */
  pause(reason: PauseReason): Promise<void> {
    const { health, log, rejectWaiting } = this.#options;
    if (!health.paused.has(reason)) {
      health.paused.add(reason);
      log.info({ reason }, 'consuming paused');
    }
    rejectWaiting(reason);
    return this.#change();
  }

  /**
   * Ends one reason to pause.
   * @param prefetch the largest prefetch until `limit` or the end of the next pause for this reason
   */
  resume(reason: PauseReason, prefetch = Number.POSITIVE_INFINITY): void {
    const { health, log } = this.#options;
    if (!health.paused.delete(reason)) return;
    this.#limits.set(reason, prefetch);
    if (health.paused.size > 0) return;
    log.info({ reason }, 'consuming resumed');
    void this.#change();
  }

  /** Changes the largest prefetch for a reason. */
  limit(reason: PauseReason, prefetch: number): void {
    this.#limits.set(reason, prefetch);
    void this.#change();
  }

  /** The reason why consuming is paused; undefined while it is not. */
  reason(): PauseReason | undefined {
    return this.#options.health.paused.values().next().value;
  }

  /** Delays consuming after a give-back, twice as long each time. */
  backOff(): void {
    const now = performance.now();
    // Deliveries that are given back together count once.
    if (now < this.#backoffUntilMs) return;
    this.#backoffUntilMs = now + delayAfter(++this.#giveBacks, BACKOFF);
    void this.#change();
  }

  /** Starts the next backoff with the shortest delay. To be called after a settled hop. */
  resetBackoff(): void {
    this.#giveBacks = 0;
  }

  /**
   * Reports a delivery as suspect or ordinary.
   * @returns whether it must be given back, to be delivered again as the only one
   */
  isolate(isSuspect: boolean): boolean {
    if (this.#options.prefetch === 1) return false;
    if (isSuspect) return this.#narrow();
    const isAlone = this.#isNarrow && !this.#options.health.paused.has('suspect');
    if (isAlone && --this.#ordinaryLeft === 0) this.#widen();
    return false;
  }

  /** Resolves when no change of the consumer is pending. */
  async idle(): Promise<void> {
    await this.#consumption?.idle();
  }

  #narrow(): boolean {
    // The messages given back with the suspect may be delivered before it.
    this.#ordinaryLeft = this.#options.prefetch;
    if (this.#isNarrow) return this.#options.health.paused.has('suspect');
    this.#isNarrow = true;
    void this.pause('suspect');
    return true;
  }

  #widen(): void {
    this.#isNarrow = false;
    void this.#change();
  }

  async #change(): Promise<void> {
    const backoffLeftMs = this.#backoffUntilMs - performance.now();
    if (backoffLeftMs > 0) this.#changeLater(backoffLeftMs);
    const prefetch = backoffLeftMs > 0 ? 0 : this.#wantedPrefetch();
    this.#options.health.prefetch = prefetch;
    await this.#consumption?.set(prefetch);
  }

  #wantedPrefetch(): number {
    if (this.#options.health.paused.size > 0) return 0;
    return this.#isNarrow ? 1 : Math.min(this.#options.prefetch, ...this.#limits.values());
  }

  #changeLater(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#change(), delayMs);
  }
}
