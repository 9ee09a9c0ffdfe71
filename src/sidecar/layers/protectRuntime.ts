import type { Clock } from '../../clock.ts';
import type { PauseReason } from '../../hop/hop.ts';
import type { Log } from '../../log.ts';
import type { AbsenceCause, RuntimeLayer } from '../../runtime/runtime.ts';
import { CircuitBreaker, type BreakerSettings } from '../breaker/circuitBreaker.ts';
import type { Health } from '../health.ts';
import type { Intake } from '../intake.ts';
import type { RateLimiter } from '../rateLimit/rateLimiter.ts';
import { RatePause } from '../rateLimit/ratePause.ts';
import { breakCircuit } from './breakCircuit.ts';
import { limitRate } from './limitRate.ts';

export interface ProtectRuntimeOptions {
  /** Null without a circuit breaker. */
  readonly breaker: BreakerSettings | null;
  /** Undefined without a rate limit. */
  readonly limiter: RateLimiter | undefined;
  readonly prefetch: number;
  /** The number of messages that one call may take. */
  readonly batchSize: number;
  readonly clock: Clock;
  readonly intake: Intake;
  readonly health: Health;
  readonly log: Log;
  /** Aborts when the process releases its deliveries. */
  readonly closed: AbortSignal;
  /** Called with the wait of each call for the rate limit, in milliseconds. */
  readonly onRateLimitWait: (waitMs: number) => void;
}

/** The layers that protect a runtime and its model server. Those that are off are undefined. */
export interface Protection {
  readonly breakCircuit: RuntimeLayer | undefined;
  readonly limitRate: RuntimeLayer | undefined;
}

export function protectRuntime(options: ProtectRuntimeOptions): Protection {
  const { breaker, limiter, health, clock, onRateLimitWait: onWait } = options;
  return {
    breakCircuit:
      breaker === null
        ? undefined
        : breakCircuit({ ...options, breaker: new CircuitBreaker(breaker, clock) }),
    limitRate:
      limiter &&
      limitRate({ limiter, health, clock, onWait, pause: new RatePause({ ...options, limiter }) }),
  };
}

const CAUSES: readonly AbsenceCause[] = ['breaker', 'rate_limit', 'draining'];

/** A component with calls that wait. */
interface Waiting {
  readonly rejectWaiting: (cause?: AbsenceCause) => void;
}

/**
 * Returns a function that ends all calls that wait when consuming pauses, except that calls that
 * wait for the rate limit continue to do so when the rate limit is the reason.
 */
export function createRejectWaiting(
  runtime: Waiting,
  limiter: RateLimiter | undefined,
): (reason: PauseReason) => void {
  return (reason) => {
    runtime.rejectWaiting(CAUSES.find((cause) => cause === reason));
    if (reason !== 'rate_limit') limiter?.rejectWaiting();
  };
}
