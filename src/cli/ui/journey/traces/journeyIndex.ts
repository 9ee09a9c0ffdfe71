import { findJourneys } from '../../../trace/journeys/journey.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { TracedSpan } from '../../../trace/spans/otlp.ts';
import type { JourneySummary } from '../contract.ts';
import { summarizeJourney } from '../rows/summary.ts';

/** The spans of a trace, by their ids, the newest last. */
export interface Trace {
  readonly id: string;
  spans: Map<string, TracedSpan>;
  readonly journeys: Set<IndexedJourney>;
  bytes: number;
  /** The number of the last change of its spans, among the changes of all traces. */
  changedAt: number;
}

/** A journey, and the traces that have its hops. */
interface IndexedJourney {
  readonly id: string;
  readonly traces: Set<Trace>;
  readonly files: Set<string>;
  endMs: number;
  /** Not the journey, which would keep all spans that it was found in. */
  summary: JourneySummary | undefined;
  /** The `changedAt` of the newest trace when the summary was made. */
  summaryAt: number;
}

/** The journeys in some traces. */
export class JourneyIndex {
  readonly #journeys = new Map<string, IndexedJourney>();

  /** @param file the file that contains the hop */
  addHop(trace: Trace, hop: TracedSpan, file: string): void {
    const id = String(hop.attributes.get(ATTRIBUTE.journeyId));
    const journey = this.#journeys.get(id) ?? createJourney(id);
    this.#journeys.set(id, journey);
    journey.traces.add(trace);
    journey.files.add(file);
    journey.endMs = Math.max(journey.endMs, hop.endMs);
    trace.journeys.add(journey);
  }

  /**
   * Removes the journeys of which the trace has lost all hops.
   * @param kept the ids of the others
   */
  keep(trace: Trace, kept: ReadonlySet<string>): void {
    for (const journey of trace.journeys) {
      journey.summaryAt = 0;
      if (kept.has(journey.id)) continue;
      trace.journeys.delete(journey);
      journey.traces.delete(trace);
      if (journey.traces.size === 0) this.#journeys.delete(journey.id);
    }
  }

  /** The traces with the hops of a journey; undefined for an unknown one. */
  tracesOf(id: string): ReadonlySet<Trace> | undefined {
    return this.#journeys.get(id)?.traces;
  }

  /** The number of journeys with a hop in a file. */
  countIn(file: string): number {
    let count = 0;
    for (const { files } of this.#journeys.values()) if (files.has(file)) count++;
    return count;
  }

  /** Returns the journeys whose last hops ended last, the newest first. */
  newest(limit: number): readonly JourneySummary[] {
    const newest = [...this.#journeys.values()]
      .toSorted((a, b) => b.endMs - a.endMs)
      .slice(0, limit);
    summarize(newest.filter((journey) => !isCurrent(journey)));
    return newest.map(({ summary }) => summary).filter((summary) => summary !== undefined);
  }
}

function createJourney(id: string): IndexedJourney {
  return {
    id,
    traces: new Set(),
    files: new Set(),
    endMs: 0,
    summary: undefined,
    summaryAt: 0,
  };
}

function isCurrent({ summaryAt, traces }: IndexedJourney): boolean {
  for (const { changedAt } of traces) if (changedAt > summaryAt) return false;
  return summaryAt > 0;
}

/** Journeys often share a trace, that of their producer: all are found in one pass. */
function summarize(journeys: readonly IndexedJourney[]): void {
  if (journeys.length === 0) return;
  const traces = new Set(journeys.flatMap((journey) => [...journey.traces]));
  const byId = new Map(journeys.map((journey) => [journey.id, journey]));
  let newestChange = 0;
  for (const { changedAt } of traces) newestChange = Math.max(newestChange, changedAt);
  for (const found of findJourneys(spansOf(traces))) {
    const journey = byId.get(found.id);
    if (journey === undefined) continue;
    journey.summary = summarizeJourney(found);
    journey.summaryAt = newestChange;
  }
}

export function spansOf(traces: Iterable<Trace>): TracedSpan[] {
  const spans: TracedSpan[] = [];
  for (const trace of traces) for (const span of trace.spans.values()) spans.push(span);
  return spans;
}
