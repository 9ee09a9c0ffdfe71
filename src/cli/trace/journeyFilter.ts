import { parseDurationOption } from '../input/durationOption.ts';
import { parseTimeOption } from '../input/timeOption.ts';
import { isIdOrShortened } from './shortId.ts';
import type { Journey } from './journeys/journey.ts';

/** The options of `trace` that select journeys, as they were given. */
export interface FilterOptions {
  /** Any of these, also in the shortened form of a list; all if the list is empty. */
  readonly journeys: readonly string[];
  /** Any of these; all if the list is empty. */
  readonly actors: readonly string[];
  readonly failed: boolean;
  readonly slow: string | undefined;
  readonly since: string | undefined;
}

/** Selects journeys that have all given properties. */
export interface JourneyFilter {
  readonly matches: (journey: Journey) => boolean;
  /** The options other than `--journey`, as on the command line; empty without any. */
  readonly text: string;
}

/** @throws {UsageError} */
export function createJourneyFilter(options: FilterOptions, nowMs: number): JourneyFilter {
  const { journeys, actors, failed, slow, since } = options;
  const slowMs = parseDurationOption('--slow', slow) ?? 0;
  const sinceMs = since === undefined ? 0 : parseTimeOption('--since', since, nowMs);
  const given = [
    ...actors.map((actor) => `--actor ${actor}`),
    ...(failed ? ['--failed'] : []),
    ...(slow === undefined ? [] : [`--slow ${slow}`]),
    ...(since === undefined ? [] : [`--since ${since}`]),
  ];
  return {
    matches: (journey) =>
      (journeys.length === 0 || journeys.some((id) => isIdOrShortened(id, journey.id))) &&
      (actors.length === 0 || actors.some((actor) => journey.actors.has(actor))) &&
      (!failed || journey.failed) &&
      journey.endMs - journey.startMs >= slowMs &&
      journey.endMs >= sinceMs,
    text: given.join(' '),
  };
}
