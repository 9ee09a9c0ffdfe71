import type { Journey } from '../../../trace/journeys/journey.ts';
import type { JourneyState, JourneySummary } from '../contract.ts';
import { findFailures } from './failures.ts';
import { actorOf, listSteps } from './steps.ts';

const MAX_ACTORS = 20;

export function summarizeJourney(journey: Journey): JourneySummary {
  const { id, hops, startMs, endMs } = journey;
  const steps = listSteps(journey.roots);
  const failures = findFailures(steps);
  const actors = new Set(steps.map(actorOf).filter((actor) => actor !== undefined));
  return {
    id,
    time: formatTime(endMs),
    durationMs: endMs - startMs,
    hops,
    state: stateOf(journey, failures.size),
    actors: [...actors].slice(0, MAX_ACTORS),
  };
}

export function stateOf({ pending }: Pick<Journey, 'pending'>, failures: number): JourneyState {
  if (failures > 0) return 'failed';
  return pending.length > 0 ? 'waiting' : 'done';
}

/** The latest time of a `Date`, in milliseconds. */
const MAX_TIME_MS = 8.64e15;

/** A damaged file may contain any number as a time. */
export function formatTime(ms: number): string {
  const isTime = Number.isFinite(ms) && Math.abs(ms) <= MAX_TIME_MS;
  return new Date(isTime ? ms : 0).toISOString();
}
