import { STATUS } from '../telemetry/outcomes.ts';
import { anyOf, sumBy, type Promql } from './promql.ts';

/** Matches finished hops: neither retried nor given back. */
export const FINISHED = anyOf(
  'status',
  [...new Set(Object.values(STATUS))].filter(
    (status) => status !== 'retry' && status !== 'given_back',
  ),
);

/**
 * Number of additional hops that can run. The running hops can exceed the limit for a while after a
 * reconnect, so the difference is clamped to 0.
 */
export function freeSlots(q: Promql, by: readonly string[]): string {
  return `clamp_min(${sumBy(by, q.select('concurrencyLimit'))} - ${sumBy(by, q.select('activeMessages'))}, 0)`;
}
