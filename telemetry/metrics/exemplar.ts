import { trace, TraceFlags } from '@opentelemetry/api';

/** A trace that a bucket points to. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly timeMs: number;
}

let recorded = 0;

/**
 * Tells of a hop that is recorded. While there is none nobody looks for its span, which is asked
 * for at each value.
 */
export function recordingBegins(): void {
  recorded++;
}

export function recordingEnds(): void {
  recorded--;
}

/**
 * The active span, if it is recorded and sampled: no backend has any other. A value counts without
 * an exemplar too.
 */
export function exemplarOf(value: number): Exemplar | undefined {
  if (recorded === 0) return undefined;
  try {
    const active = trace.getActiveSpan();
    if (active?.isRecording() !== true) return undefined;
    const { traceId, spanId, traceFlags } = active.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    return { traceId, spanId, value, timeMs: Date.now() };
  } catch {
    return undefined; // the layer that makes spans reports it
  }
}
