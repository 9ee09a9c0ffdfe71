import { trace, TraceFlags } from '@opentelemetry/api';

/** The trace that a histogram bucket points to. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly timeMs: number;
}

/** Creates an exemplar of the active span; undefined if that is not recorded and sampled. */
export function exemplarOf(value: number): Exemplar | undefined {
  try {
    const active = trace.getActiveSpan();
    if (active?.isRecording() !== true) return undefined;
    const { traceId, spanId, traceFlags } = active.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    return { traceId, spanId, value, timeMs: Date.now() };
  } catch {
    return undefined; // The tracing layer reports a failing API.
  }
}
