import type { Layer } from '../../compose.ts';
import type { ActorRouting, Decide } from '../../hop/hop.ts';
import { spendAttempt, type RetryPolicy } from '../../hop/retry.ts';

/** Sends a hop to error-end instead of a retry after its last attempt. */
export function limitAttempts(policy: RetryPolicy, routing: ActorRouting): Layer<Decide> {
  return (next) => async (hop) => spendAttempt(hop, await next(hop), policy, routing);
}
