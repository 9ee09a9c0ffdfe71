import { parseDurationOption } from '../input/durationOption.ts';
import { parseTimeOption } from '../input/timeOption.ts';
import type { Journey } from './journey.ts';

/** The options of `trace` that select journeys, as they were given. */
export interface FilterOptions {
  readonly journey: string | undefined;
  readonly actor: string | undefined;
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
  const { journey: id, actor, failed, slow, since } = options;
  const slowMs = parseDurationOption('--slow', slow) ?? 0;
  const sinceMs = since === undefined ? 0 : parseTimeOption('--since', since, nowMs);
  const given = [
    ...(actor === undefined ? [] : [`--actor ${actor}`]),
    ...(failed ? ['--failed'] : []),
    ...(slow === undefined ? [] : [`--slow ${slow}`]),
    ...(since === undefined ? [] : [`--since ${since}`]),
  ];
  return {
    matches: (journey) =>
      (id === undefined || journey.id === id) &&
      (actor === undefined || journey.actors.has(actor)) &&
      (!failed || journey.failed) &&
      journey.endMs - journey.startMs >= slowMs &&
      journey.endMs >= sinceMs,
    text: given.join(' '),
  };
}
