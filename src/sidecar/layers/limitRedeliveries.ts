import type { Layer } from '../../compose.ts';
import type { Decide, Hop } from '../../hop/hop.ts';
import { retry, type RetryPolicy } from '../../hop/retry.ts';
import { decideWhen } from './decideWhen.ts';

/** Fails the attempt of a message that was delivered too often without being settled. */
export function limitRedeliveries(maxRedeliveries: number, policy: RetryPolicy): Layer<Decide> {
  // Another message may have killed the process that had given this one back.
  const limitOf = ({ alone }: Hop): number =>
    alone ? Math.max(2, maxRedeliveries) : maxRedeliveries;
  return decideWhen(
    (hop) => hop.delivery.unsettled >= limitOf(hop),
    (hop) => {
      const message = `delivered ${hop.delivery.unsettled} times without being settled`;
      return retry(hop, { code: 'redelivered_too_often', message }, policy);
    },
  );
}
