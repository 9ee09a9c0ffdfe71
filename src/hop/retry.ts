import { messageOf, type Fault } from '../faults.ts';
import { type Headers, TRANSPORT_HEADER } from '../transport/message.ts';
import { errorHeaders } from './failure/errorHeaders.ts';
import type { ActorRouting, Dispatch, Hop, Outcome, Retry } from './hop.ts';
import { reject } from './rejection.ts';

/** The conditions, number and delays of retries. */
export interface RetryPolicy {
  /** At least 1; the first attempt counts. */
  readonly maxAttempts: number;
  /**
   * The delay after each attempt, the first one first; the last value applies to all later ones.
   */
  readonly backoffMs: readonly number[];
  /** Names of retryable exception classes, compared with a fault's `type` and `mro`. */
  readonly errors: readonly string[];
  /** The number of times that a runtime may defer one envelope. */
  readonly maxDeferrals: number;
}

/** The delay after an attempt, in milliseconds. */
export function backoffAfter(attempt: number, { backoffMs }: RetryPolicy): number {
  return backoffMs[Math.min(attempt, backoffMs.length) - 1] ?? 0;
}

/** Retries the hop after the policy's delay. */
export function retry(hop: Hop, fault: Fault, policy: RetryPolicy): Retry {
  return { kind: 'retry', fault, delayMs: backoffAfter(hop.attempt, policy), deferral: false };
}

/** Repeats the attempt after the requested delay, rounded up to a delay of the policy. */
export function defer(fault: Fault, afterMs: number, { backoffMs }: RetryPolicy): Retry {
  const levels = backoffMs.toSorted((a, b) => a - b);
  const delayMs = levels.find((level) => level >= afterMs) ?? levels.at(-1) ?? 0;
  return { kind: 'retry', fault, delayMs, deferral: true };
}

/**
 * Repeats the attempt of a failed probe. The message returns to the tail of its queue, so that
 * another one probes next.
 */
export function postpone(hop: Hop, fault: Fault, policy: RetryPolicy): Retry {
  return { ...retry(hop, fault, policy), deferral: true, probe: true };
}

/** Repeats the attempt as the only call in the runtime: its call was shared with other messages. */
export function repeatAlone(hop: Hop, fault: Fault, policy: RetryPolicy): Retry {
  return { ...retry(hop, fault, policy), deferral: true, alone: true };
}

/** Whether the policy retries this fault of a runtime. */
export function isRetryable({ type, mro = [] }: Fault, { errors }: RetryPolicy): boolean {
  return errors.some((name) => name === type || mro.includes(name));
}

/** Replaces a retry after the last attempt by a rejection. */
export function spendAttempt(
  hop: Hop,
  outcome: Outcome,
  policy: RetryPolicy,
  routing: ActorRouting,
): Outcome {
  if (outcome.kind !== 'retry' || outcome.deferral || outcome.alone === true) return outcome;
  return hop.attempt >= policy.maxAttempts ? reject(hop, outcome.fault, routing, true) : outcome;
}

/** The outcome of a hop whose decision or settlement threw: a retry, while attempts remain. */
export function retryUndecided(
  hop: Hop,
  error: unknown,
  policy: RetryPolicy,
  routing: ActorRouting,
): Outcome {
  const fault: Fault = { code: 'internal_error', message: messageOf(error), cause: error };
  return spendAttempt(hop, retry(hop, fault, policy), policy, routing);
}

/** The received message on its way to this actor's retry queue, marked with the next attempt. */
export function dispatchRetry(hop: Hop, outcome: Retry, policy: RetryPolicy, to: string): Dispatch {
  const { body, headers, properties } = hop.delivery;
  // The broker's own record of the failure ends with the delivery.
  const failure = hop.failure === undefined ? {} : errorHeaders(hop.failure);
  const marked = { ...headers, ...failure, ...marksOf(hop, outcome, policy) };
  return {
    to,
    kind: 'retry',
    envelope: hop.envelope,
    edit: {},
    message: { body, headers: marked, properties },
    delayMs: outcome.delayMs,
  };
}

function marksOf(hop: Hop, outcome: Retry, { maxAttempts }: RetryPolicy): Headers {
  if (outcome.probe === true) return {};
  if (outcome.deferral && outcome.alone === true) return { [TRANSPORT_HEADER.alone]: true };
  if (outcome.deferral) return { [TRANSPORT_HEADER.deferrals]: hop.deferrals + 1 };
  if (outcome.alone !== true) return { [TRANSPORT_HEADER.attempt]: hop.attempt + 1 };
  return { [TRANSPORT_HEADER.attempt]: maxAttempts, [TRANSPORT_HEADER.alone]: true };
}
