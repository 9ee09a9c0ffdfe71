import { MINUTE, SECOND } from '../units.ts';
import type { RateLimitSetting } from './rateLimitSetting.ts';
import type { Variable } from './variable.ts';

/** The variables that protect a model server: the circuit breaker and the rate limit. */
export const PROTECTION_VARIABLES = {
  ASYA_BREAKER_ERROR_RATE: {
    doc: 'The share of failed calls at which the circuit breaker opens and consuming pauses, such as 0.5. Unset: no circuit breaker.',
    format: 'error rate',
    default: null as number | null,
    nullable: true,
    defaultDoc: 'none',
  },
  ASYA_BREAKER_MIN_HOPS: {
    doc: 'The error rate counts when the window has at least this number of calls, which is also the largest number of envelopes that an outage costs a replica.',
    format: 'positive integer',
    default: 20,
  },
  ASYA_BREAKER_WINDOW: {
    doc: 'The time over which the error rate is computed.',
    format: 'duration',
    default: MINUTE,
  },
  ASYA_BREAKER_COOLDOWN: {
    doc: 'How long the circuit breaker stays open before it probes the runtime with one envelope. Doubles after each failed probe, up to 10m.',
    format: 'duration',
    default: 30 * SECOND,
  },
  ASYA_RATE_LIMIT: {
    doc: 'The maximum number of calls that this replica starts within any window, such as 100/1m. Unset: no limit.',
    format: 'rate limit',
    default: null as RateLimitSetting | null,
    nullable: true,
    defaultDoc: 'none',
  },
} satisfies Record<string, Variable>;
