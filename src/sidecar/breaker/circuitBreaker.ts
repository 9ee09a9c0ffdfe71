import type { Clock } from '../../clock.ts';
import { MINUTE } from '../../units.ts';
import { CallWindow, type CallCounts } from './callWindow.ts';
import { FailureRun } from './failureRun.ts';

export interface BreakerSettings {
  /** The share of failed calls, above 0 and at most 1, at which the breaker opens. */
  readonly errorRate: number;
  /** The error rate counts when the window has at least this number of calls. */
  readonly minHops: number;
  readonly windowMs: number;
  /** The first cool-down. It doubles after each failed probe. */
  readonly cooldownMs: number;
}

/**
 * The result of a call. `unknown` proves nothing about the runtime: the call was not made, or the
 * runtime crashed, or the envelope's deadline passed.
 */
export type CallResult = 'answered' | 'failed' | 'unknown';

/** The admission of one call. */
export interface Ticket {
  /** The only call of a half-open breaker. Its result decides. */
  readonly isProbe: boolean;
  /** The number of the call, counted from 1. */
  readonly call: number;
  /** The number of times that the breaker had opened before the call. */
  readonly openings: number;
}

/**
 * The effect of a result:
 *
 * - `none`: nothing changes
 * - `opened`: the error rate is reached, or a probe failed; the cool-down begins
 * - `closed`: a probe was answered
 * - `probe_again`: a probe ended without a result; the next call is the probe
 */
export type Change = 'none' | 'opened' | 'closed' | 'probe_again';

/** The longest cool-down, unless the configured one is longer. */
const MAX_COOLDOWN_MS = 10 * MINUTE;

/**
 * The state machine of a circuit breaker. The owner reports the end of each cool-down.
 *
 *            error rate reached                cool-down over
 *   closed ─────────────────────▶ open ────────────────────────▶ half_open
 *     ▲                             ▲        the probe failed         │ one probe at a time
 *     │                             └─────────────────────────────────┤
 *     └───────────────────────────────────────────────────────────────┘ the probe was answered
 *
 * It opens when the window has at least `minHops` calls and their error rate is reached. It also
 * opens when the run of failures at the end of the window has that many and that rate, so that an
 * outage costs the same number of calls regardless of earlier successes.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #window: CallWindow;
  readonly #run: FailureRun;
  #state: 'closed' | 'open' | 'half_open' = 'closed';
  #isProbing = false;
  #callsBegun = 0;
  #openings = 0;
  #evidence: CallCounts = { calls: 0, failures: 0 };
  #cooldownMs: number;

  constructor(settings: BreakerSettings, clock: Pick<Clock, 'nowMs'>) {
    this.#settings = settings;
    this.#clock = clock;
    this.#window = new CallWindow(settings.windowMs);
    this.#run = new FailureRun(settings.windowMs);
    this.#cooldownMs = settings.cooldownMs;
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** The cool-down of the last opening. */
  get cooldownMs(): number {
    return this.#cooldownMs;
  }

  /** The calls that the breaker opened for. */
  get evidence(): CallCounts {
    return this.#evidence;
  }

  /** The calls of the window. The window is empty after the breaker has closed. */
  counts(): CallCounts {
    return this.#window.count(this.#clock.nowMs());
  }

  /** Admits a call. Returns undefined while the breaker is open, and while a probe runs. */
  admit(): Ticket | undefined {
    const isProbe = this.#state === 'half_open';
    if (this.#state === 'open' || this.#isProbing) return undefined;
    this.#isProbing = isProbe;
    return { isProbe, call: ++this.#callsBegun, openings: this.#openings };
  }

  /** Records the result of an admitted call. */
  record(ticket: Ticket, result: CallResult): Change {
    if (this.isStale(ticket)) return 'none';
    return ticket.isProbe ? this.#decide(result) : this.#count(ticket, result);
  }

  /** Whether the breaker has opened since the call was admitted. */
  isStale({ openings }: Ticket): boolean {
    return openings !== this.#openings;
  }

  /** Ends the cool-down: the next call is a probe. */
  endCooldown(): void {
    if (this.#state === 'open') this.#state = 'half_open';
  }

  #count({ call }: Ticket, result: CallResult): Change {
    if (result === 'unknown') return 'none';
    const nowMs = this.#clock.nowMs();
    this.#window.record(result === 'failed', nowMs);
    if (result === 'answered') {
      this.#run.addSuccess(call);
      return 'none';
    }
    this.#run.addFailure(this.#callsBegun, nowMs);
    const evidence = this.#findEvidence();
    if (evidence === undefined) return 'none';
    this.#evidence = evidence;
    return this.#open(this.#settings.cooldownMs);
  }

  #findEvidence(): CallCounts | undefined {
    const { errorRate, minHops } = this.#settings;
    const counts = this.counts();
    const isReached = counts.calls >= minHops && counts.failures / counts.calls >= errorRate;
    return isReached ? counts : this.#run.find(minHops, errorRate);
  }

  #decide(result: CallResult): Change {
    this.#isProbing = false;
    switch (result) {
      case 'unknown':
        return 'probe_again';
      case 'failed':
        return this.#open(this.#doubledCooldownMs());
      case 'answered':
        this.#state = 'closed';
        this.#window.clear();
        this.#run.clear();
        return 'closed';
    }
  }

  #open(cooldownMs: number): Change {
    this.#state = 'open';
    this.#openings++;
    this.#cooldownMs = cooldownMs;
    return 'opened';
  }

  #doubledCooldownMs(): number {
    const maxMs = Math.max(MAX_COOLDOWN_MS, this.#settings.cooldownMs);
    return Math.min(2 * this.#cooldownMs, maxMs);
  }
}
