import { STATUS } from '../telemetry/outcomes.ts';
import { oneOf, sumBy, type Promql } from './promql.ts';

/** What more than one dashboard or rule says about hops. */

/** Hops whose fate is decided: neither tried again nor given back. */
export const DECIDED = oneOf(
  'status',
  [...new Set(Object.values(STATUS))].filter(
    (status) => status !== 'retry' && status !== 'given_back',
  ),
);

/**
 * How many more hops could go on at once; after a reconnect there may be more for a while than the
 * limit.
 */
export function freeSlots(q: Promql, by: readonly string[]): string {
  return `clamp_min(${sumBy(by, q.select('concurrencyLimit'))} - ${sumBy(by, q.select('activeMessages'))}, 0)`;
}
