import { trace, TraceFlags, type Attributes } from '@opentelemetry/api';

/** A trace that a histogram's bucket points to. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly timeMs: number;
}

/**
 * The last sampled trace of each bucket of each series, for scrapers that ask for OpenMetrics: the SDK keeps
 * none. As many as there are series, which have a bound of their own.
 */
export interface Exemplars {
  /** Remembers the active span, if it is sampled, beside the value that was recorded. */
  note(metric: string, bounds: readonly number[], value: number, attributes: Attributes): void;
  /** @param bucket the index of the bucket; the last one has no upper bound */
  at(metric: string, attributes: Attributes, bucket: number): Exemplar | undefined;
}

export function createExemplars(): Exemplars {
  const series = new Map<string, Exemplar[]>();
  return {
    note(metric, bounds, value, attributes) {
      const span = trace.getActiveSpan()?.spanContext();
      if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return;
      const key = keyOf(metric, attributes);
      let buckets = series.get(key);
      if (buckets === undefined) series.set(key, (buckets = []));
      const { traceId, spanId } = span;
      buckets[bucketOf(bounds, value)] = { traceId, spanId, value, timeMs: Date.now() };
    },
    at: (metric, attributes, bucket) => series.get(keyOf(metric, attributes))?.[bucket],
  };
}

/** The SDK hands the attributes back in the order in which they were recorded. */
function keyOf(metric: string, attributes: Attributes): string {
  let key = metric;
  for (const name in attributes) key += `\n${String(attributes[name])}`;
  return key;
}

function bucketOf(bounds: readonly number[], value: number): number {
  let index = 0;
  while (index < bounds.length && value > (bounds[index] ?? Number.POSITIVE_INFINITY)) index++;
  return index;
}
