import type { Step } from '../../../trace/journeys/steps.ts';
import { actorOf, endOf, envelopeIdOf, outcomeOf } from './steps.ts';

/** The outcomes of a hop that sends its envelope to error-end or parks it. */
const FAILURES: ReadonlySet<string | undefined> = new Set(['error_end', 'retry_spent', 'parked']);

/** Whether a hop sent its envelope to error-end or parked it; a replay may follow. */
export function hasFailed(step: Step): boolean {
  return FAILURES.has(outcomeOf(step));
}

/**
 * Finds the hops at which envelopes failed for good: the last hop of an envelope, not counting
 * those at error-end. An envelope that was replayed has a later hop.
 */
export function findFailures(steps: readonly Step[]): ReadonlySet<Step> {
  const hops = steps.filter((step) => actorOf(step) !== undefined);
  const byEnvelope = Map.groupBy(hops, envelopeIdOf);
  const failures = [...byEnvelope.values()].map(failureOf).filter((step) => step !== undefined);
  return new Set(failures);
}

function failureOf(hops: readonly Step[]): Step | undefined {
  const last = latest(hops.filter((hop) => endOf(hop) !== 'error-end'));
  // The broker may have dead-lettered a message, or the spans of the failed hop are missing.
  if (last === undefined) return latest(hops);
  return hasFailed(last) ? last : undefined;
}

function latest(hops: readonly Step[]): Step | undefined {
  let latest: Step | undefined;
  for (const hop of hops) if (latest === undefined || isAfter(hop, latest)) latest = hop;
  return latest;
}

function isAfter({ span: a }: Step, { span: b }: Step): boolean {
  return a.startMs > b.startMs || (a.startMs === b.startMs && a.endMs >= b.endMs);
}
