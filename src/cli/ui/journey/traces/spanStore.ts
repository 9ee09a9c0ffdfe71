import { MIB } from '../../../../units.ts';
import { findJourney, type Journey } from '../../../trace/journeys/journey.ts';
import { isHop } from '../../../trace/journeys/spanGraph.ts';
import { ATTRIBUTE } from '../../../trace/spans/attributes.ts';
import type { TracedSpan } from '../../../trace/spans/otlp.ts';
import type { JourneySummary } from '../contract.ts';
import { bytesOf, withBoundedTexts } from './boundedSpan.ts';
import { JourneyIndex, spansOf, type Trace } from './journeyIndex.ts';

export interface SpanStoreOptions {
  /** @default 200,000 */
  readonly maxSpans?: number;
  /** The largest memory of all spans, estimated from the length of their texts. @default 256 MiB */
  readonly maxBytes?: number;
}

const MAX_SPANS = 200_000;
const MAX_BYTES = 256 * MIB;

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
  readonly #journeys = new JourneyIndex();
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
    this.#put(trace, withBoundedTexts(span), file);
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
    return this.#find(id) ?? this.#find(this.#journeyOfEnvelope(id));
  }

  /** Returns the journeys whose last hops ended last, the newest first. */
  newest(limit: number): readonly JourneySummary[] {
    return this.#journeys.newest(limit);
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
    return this.#journeys.countIn(file);
  }

  #find(journey = ''): Journey | undefined {
    const traces = this.#journeys.tracesOf(journey);
    return traces && findJourney(journey, spansOf(traces));
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
    if (isHop(span)) this.#journeys.addHop(trace, span, file);
  }

  #drop(trace: Trace): void {
    this.#traces.delete(trace.id);
    this.#size -= trace.spans.size;
    this.#dropped += trace.spans.size;
    this.#bytes -= trace.bytes;
    this.#journeys.keep(trace, NONE);
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
    const hops = kept.map(([, span]) => span).filter(isHop);
    const journeys = hops.map(({ attributes }) => String(attributes.get(ATTRIBUTE.journeyId)));
    this.#journeys.keep(trace, new Set(journeys));
  }
}

const NONE: ReadonlySet<string> = new Set();
