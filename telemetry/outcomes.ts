import type { OutcomeName, Settled } from '../src/hop/hop.ts';

/** The label `status` of each outcome: Asya's four values, and `retry` and `given_back`. */
export const STATUS = {
  forward: 'success',
  fanout: 'success',
  forwarded: 'success',
  empty: 'empty_response',
  end: 'end_consumed',
  error_end: 'error',
  retry_spent: 'error',
  parked: 'error',
  retry: 'retry',
  give_back: 'given_back',
} as const satisfies Record<OutcomeName, string>;

/** Whether a fault counts as an error. A deferral and a give-back spend no attempt. */
export function isFailure({ name, deferral }: Settled): boolean {
  return name !== 'give_back' && deferral !== true;
}

/**
 * The reason of a give-back, or of a retry that spends no attempt: `probe` after a failed probe of
 * the circuit breaker, `alone` if the attempt is repeated as the only call in the runtime.
 */
export function outcomeReason({ giveBack, probe, alone }: Settled): string | undefined {
  if (giveBack !== undefined) return giveBack;
  if (probe === true) return 'probe';
  return alone === true ? 'alone' : undefined;
}
