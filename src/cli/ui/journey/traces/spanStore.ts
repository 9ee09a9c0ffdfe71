import { truncate } from '../../../../unicode.ts';
import { KIB, MIB } from '../../../../units.ts';
import { findJourney, findJourneys, type Journey } from '../../../trace/journeys/journey.ts';
import { isHop } from '../../../trace/journeys/spanGraph.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { AttributeValue, TracedSpan } from '../../../trace/spans/otlp.ts';
import type { JourneySummary } from '../contract.ts';
import { summarizeJourney } from '../rows/summary.ts';

export interface SpanStoreOptions {
  /** @default 200,000 */
  readonly maxSpans?: number;
  /** The largest memory of all spans, estimated from the length of their texts. @default 256 MiB */
  readonly maxBytes?: number;
}

const MAX_SPANS = 200_000;
const MAX_BYTES = 256 * MIB;
/** The memory of a span without its texts. */
const SPAN_BYTES = 600;
const MAX_TEXT_LENGTH = 4 * KIB;

/** The spans of a trace, by their ids, the newest last. */
interface Trace {
  readonly id: string;
  spans: Map<string, TracedSpan>;
  readonly journeys: Set<KnownJourney>;
  bytes: number;
  /** The `#changes` at which its spans changed. */
  changedAt: number;
}

interface KnownJourney {
  readonly id: string;
  readonly traces: Set<Trace>;
  readonly files: Set<string>;
  endMs: number;
  /** Not the journey, which would keep all spans that it was found in. */
  summary: JourneySummary | undefined;
  /** The `#changes` at which the summary was made. */
  summaryAt: number;
}

/**
 * The newest spans of trace files. When there are too many, the traces are dropped to which no span
 * was added for the longest time, so that a kept journey is complete. A trace that would fill half
 * of the store loses its oldest spans.
 */
export class SpanStore {
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  /** In the order of their last spans. */
  readonly #traces = new Map<string, Trace>();
  readonly #journeys = new Map<string, KnownJourney>();
  #size = 0;
  #bytes = 0;
  #changes = 0;
  #dropped = 0;

  constructor({ maxSpans = MAX_SPANS, maxBytes = MAX_BYTES }: SpanStoreOptions = {}) {
    this.#maxSpans = maxSpans;
    this.#maxBytes = maxBytes;
  }

  /** The number of spans in memory. */
  get size(): number {
    return this.#size;
  }

  /** The number of spans that were dropped because newer ones came. */
  get dropped(): number {
    return this.#dropped;
  }

  get maxSpans(): number {
    return this.#maxSpans;
  }

  /** @param file the file that contains the span; a span of several files counts once */
  add(span: TracedSpan, file: string): void {
    // A damaged file may have spans without times.
    if (!Number.isFinite(span.startMs) || !Number.isFinite(span.endMs)) return;
    this.#changes++;
    const trace = this.#traceOf(span);
    this.#put(trace, shortened(span), file);
    if (trace.spans.size > this.#maxSpans / 2 || trace.bytes > this.#maxBytes / 2) {
      this.#dropOldestHalf(trace);
    }
    while (this.#size > this.#maxSpans || this.#bytes > this.#maxBytes) {
      const [oldest] = this.#traces.values();
      if (oldest === undefined) return;
      this.#drop(oldest);
    }
  }

  /**
   * Finds a journey.
   * @param id that of the journey, or of an envelope of it
   */
  journey(id: string): Journey | undefined {
    const known = this.#journeys.get(id) ?? this.#journeys.get(this.#journeyOfEnvelope(id) ?? '');
    if (known === undefined) return undefined;
    return findJourney(known.id, spansOf(known.traces));
  }

  /** Returns the journeys whose last hops ended last, the newest first. */
  newest(limit: number): readonly JourneySummary[] {
    const known = [...this.#journeys.values()]
      .toSorted((a, b) => b.endMs - a.endMs)
      .slice(0, limit);
    this.#summarize(known.filter((journey) => !isCurrent(journey)));
    return known.map(({ summary }) => summary).filter((summary) => summary !== undefined);
  }

  /** Returns the spans that were added last, in any order. */
  newestSpans(limit: number): readonly TracedSpan[] {
    const spans: TracedSpan[] = [];
    for (const trace of [...this.#traces.values()].toReversed()) {
      spans.push(...[...trace.spans.values()].slice(spans.length - limit));
      if (spans.length >= limit) break;
    }
    return spans;
  }

  /** The number of journeys with a hop in a file. */
  journeysIn(file: string): number {
    let count = 0;
    for (const { files } of this.#journeys.values()) if (files.has(file)) count++;
    return count;
  }

  /** Journeys often share a trace, that of their producer: all are found in one pass. */
  #summarize(journeys: readonly KnownJourney[]): void {
    if (journeys.length === 0) return;
    const traces = new Set(journeys.flatMap((journey) => [...journey.traces]));
    const byId = new Map(journeys.map((journey) => [journey.id, journey]));
    for (const found of findJourneys(spansOf(traces))) {
      const journey = byId.get(found.id);
      if (journey === undefined) continue;
      journey.summary = summarizeJourney(found);
      journey.summaryAt = this.#changes;
    }
  }

  #journeyOfEnvelope(id: string): string | undefined {
    for (const { spans } of this.#traces.values()) {
      for (const { attributes } of spans.values()) {
        if (attributes.get(ATTRIBUTE.envelopeId) !== id) continue;
        return String(attributes.get(ATTRIBUTE.journeyId));
      }
    }
    return undefined;
  }

  #traceOf({ traceId }: TracedSpan): Trace {
    const known = this.#traces.get(traceId);
    if (known !== undefined) this.#traces.delete(traceId);
    const trace = known ?? {
      id: traceId,
      spans: new Map(),
      journeys: new Set(),
      bytes: 0,
      changedAt: 0,
    };
    this.#traces.set(traceId, trace);
    return trace;
  }

  #put(trace: Trace, span: TracedSpan, file: string): void {
    const previous = trace.spans.get(span.spanId);
    if (previous === undefined) this.#size++;
    const bytes = bytesOf(span) - (previous === undefined ? 0 : bytesOf(previous));
    trace.spans.set(span.spanId, span);
    trace.bytes += bytes;
    this.#bytes += bytes;
    trace.changedAt = this.#changes;
    if (isHop(span)) this.#join(trace, span, file);
  }

  #join(trace: Trace, hop: TracedSpan, file: string | undefined): void {
    const id = String(hop.attributes.get(ATTRIBUTE.journeyId));
    const known = this.#journeys.get(id);
    const journey = known ?? {
      id,
      traces: new Set(),
      files: new Set(),
      endMs: 0,
      summary: undefined,
      summaryAt: 0,
    };
    if (known === undefined) this.#journeys.set(id, journey);
    journey.traces.add(trace);
    if (file !== undefined) journey.files.add(file);
    journey.endMs = Math.max(journey.endMs, hop.endMs);
    trace.journeys.add(journey);
  }

  #drop(trace: Trace): void {
    this.#traces.delete(trace.id);
    this.#size -= trace.spans.size;
    this.#dropped += trace.spans.size;
    this.#bytes -= trace.bytes;
    this.#leaveJourneys(trace);
  }

  #leaveJourneys(trace: Trace): void {
    for (const journey of trace.journeys) {
      journey.traces.delete(trace);
      journey.summaryAt = 0;
      if (journey.traces.size === 0) this.#journeys.delete(journey.id);
    }
    trace.journeys.clear();
  }

  #dropOldestHalf(trace: Trace): void {
    const spans = [...trace.spans];
    const kept = spans.slice(Math.ceil(spans.length / 2));
    const bytes = kept.reduce((sum, [, span]) => sum + bytesOf(span), 0);
    this.#size -= spans.length - kept.length;
    this.#dropped += spans.length - kept.length;
    this.#bytes -= trace.bytes - bytes;
    trace.spans = new Map(kept);
    trace.bytes = bytes;
    const files = new Map([...trace.journeys].map(({ id, files }) => [id, files]));
    this.#leaveJourneys(trace);
    for (const [, span] of kept) if (isHop(span)) this.#join(trace, span, undefined);
    for (const journey of trace.journeys) {
      for (const file of files.get(journey.id) ?? []) journey.files.add(file);
    }
  }
}

function isCurrent({ summaryAt, traces }: KnownJourney): boolean {
  for (const { changedAt } of traces) if (changedAt > summaryAt) return false;
  return summaryAt > 0;
}

function spansOf(traces: Iterable<Trace>): TracedSpan[] {
  const spans: TracedSpan[] = [];
  for (const trace of traces) for (const span of trace.spans.values()) spans.push(span);
  return spans;
}

function bytesOf({ name, message = '', attributes, links }: TracedSpan): number {
  let length = name.length + message.length;
  for (const [, value] of attributes) if (typeof value === 'string') length += value.length;
  return SPAN_BYTES + 2 * length + 100 * links.length;
}

/** The texts of a span come from messages, and may be of any length. */
function shortened(span: TracedSpan): TracedSpan {
  const { name, message = '', attributes } = span;
  const texts = [name, message, ...attributes.values()];
  if (texts.every((text) => String(text).length <= MAX_TEXT_LENGTH)) return span;
  const entries = [...attributes].map(([key, value]) => [key, shortenedText(value)] as const);
  return {
    ...span,
    name: shortenedText(name),
    message: span.message && shortenedText(span.message),
    attributes: new Map(entries),
  };
}

function shortenedText<T extends AttributeValue>(value: T): T | string {
  return typeof value === 'string' ? truncate(value, MAX_TEXT_LENGTH) : value;
}
