import { trace, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import type { Layer, Work } from '../src/hop.ts';
import { goOn } from './current.ts';
import { headersOf, lineageOf } from './propagation.ts';

/**
 * For when nobody takes spans, and none are made. What a hop sends and logs has the context that the hop came with, as
 * the OpenTelemetry specification has it where there is no SDK: a span of ours would be a parent that nobody finds.
 * Where there is none yet, one begins here, so that lines of one journey have one trace id.
 */
export function passOn({ maxGapMs }: { readonly maxGapMs: number }): Layer<Work> {
  return (next) => (hop) => {
    const { context: came, isOwn } = lineageOf(hop, { maxGapMs, nowMs: Date.now() });
    const active = trace.getSpan(came) === undefined ? trace.setSpanContext(came, begin()) : came;
    Object.assign(hop.context, headersOf(active));
    return goOn(next, active, { hop, isOwnTrace: isOwn });
  };
}

const ids = new RandomIdGenerator();

function begin(): SpanContext {
  return { traceId: ids.generateTraceId(), spanId: ids.generateSpanId(), traceFlags: TraceFlags.SAMPLED };
}
