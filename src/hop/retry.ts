import type { Fault } from '../faults.ts';
import type { Hop, Outcome } from './hop.ts';

/** When a hop is tried again, and how often. */
export interface RetryPolicy {
  /** At least 1: the first attempt counts. */
  readonly maxAttempts: number;
  /** The delay after the first attempt, the second …; the last one serves for all that follow. */
  readonly backoffMs: readonly number[];
  /** Exception classes whose errors are tried again, compared with a fault's `type` and `mro`. */
  readonly errors: readonly string[];
  /** How often a runtime may ask for the same envelope later. */
  readonly maxDeferrals: number;
}

/** The delay before the attempt that follows this one, in milliseconds. */
export function backoffAfter(attempt: number, { backoffMs }: RetryPolicy): number {
  return backoffMs[Math.min(attempt, backoffMs.length) - 1] ?? 0;
}

/** Another attempt of the hop, after the policy's delay. */
export function retry(hop: Hop, fault: Fault, policy: RetryPolicy): Outcome {
  return { kind: 'retry', fault, delayMs: backoffAfter(hop.attempt, policy), deferral: false };
}

/**
 * The same attempt once more, after the delay that was asked for, rounded up to one that the policy
 * has.
 */
export function defer(fault: Fault, afterMs: number, { backoffMs }: RetryPolicy): Outcome {
  const levels = backoffMs.toSorted((a, b) => a - b);
  const delayMs = levels.find((level) => level >= afterMs) ?? levels.at(-1) ?? 0;
  return { kind: 'retry', fault, delayMs, deferral: true };
}

/** The policy says that this failure of a runtime may end otherwise another time. */
export function isRetryable({ type, mro = [] }: Fault, { errors }: RetryPolicy): boolean {
  return errors.some((name) => name === type || mro.includes(name));
}
