import { findJourneys, type Journey as FoundJourney } from '../../trace/journeys/journey.ts';
import { createLogSpans, type EndNames } from '../../trace/log/logSpans.ts';
import type { Hop } from '../hops/contract.ts';
import type { JourneySummary } from './contract.ts';
import { toHopLines } from './hopLines.ts';
import { summarizeJourney } from './rows/summary.ts';

/** The part of `HopRing` that has journeys. */
export interface HopSource {
  ofJourney(id: string): readonly Hop[];
  journeys(limit: number): readonly { readonly hops: readonly Hop[] }[];
}

/** The part of `SpanStore` that has journeys. */
export interface SpanSource {
  journey(id: string): FoundJourney | undefined;
  newest(limit: number): readonly JourneySummary[];
}

export interface JourneyFinderOptions {
  /** Absent without `--traces`. */
  readonly spans?: SpanSource | undefined;
  /** Absent without `--sidecars`. */
  readonly hops?: HopSource | undefined;
  readonly ends: EndNames;
}

export interface LocatedJourney {
  readonly source: 'traces' | 'hops';
  readonly journey: FoundJourney;
}

/** Finds journeys in trace files, or else in the hops in memory. */
export class JourneyFinder {
  readonly #options: JourneyFinderOptions;

  constructor(options: JourneyFinderOptions) {
    this.#options = options;
  }

  get hasSpans(): boolean {
    return this.#options.spans !== undefined;
  }

  get hasHops(): boolean {
    return this.#options.hops !== undefined;
  }

  /** @param id that of the journey, or of an envelope of it */
  find(id: string): LocatedJourney | undefined {
    const { spans, hops } = this.#options;
    const traced = spans?.journey(id);
    const recorded = this.#fromHops(hops?.ofJourney(id) ?? []);
    if (traced === undefined) return recorded && { source: 'hops', journey: recorded };
    // Spans are exported later than hops, and a file may belong to one of several sidecars.
    const isBehind = recorded !== undefined && recorded.hops > traced.hops;
    return isBehind ? { source: 'hops', journey: recorded } : { source: 'traces', journey: traced };
  }

  /** Returns the newest journeys of both sources, the newest first. */
  newest(limit: number): readonly JourneySummary[] {
    const { spans, hops } = this.#options;
    const recorded = (hops?.journeys(limit) ?? [])
      .map((journey) => this.#fromHops(journey.hops))
      .filter((journey) => journey !== undefined)
      .map(summarizeJourney);
    const byId = new Map(recorded.map((summary) => [summary.id, summary]));
    for (const summary of spans?.newest(limit) ?? []) {
      const known = byId.get(summary.id);
      if (known === undefined || known.hops <= summary.hops) byId.set(summary.id, summary);
    }
    return [...byId.values()].toSorted((a, b) => compare(b.time, a.time)).slice(0, limit);
  }

  #fromHops(hops: readonly Hop[]): FoundJourney | undefined {
    if (hops.length === 0) return undefined;
    return findJourneys(createLogSpans(toHopLines(hops), this.#options.ends))[0];
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
