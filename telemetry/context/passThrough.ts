import { trace, TraceFlags, type Context, type SpanContext } from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import type { Hop, HopProcessor } from '../../src/hop/hop.ts';
import type { Layer } from '../../src/compose.ts';
import { runInHopContext, runUntraced } from './hopContext.ts';
import type { Guard } from '../guard.ts';
import { headersOf, lineageOf } from './propagation.ts';

export interface PassOnOptions {
  readonly maxGapMs: number;
  readonly guard: Guard;
}

/**
 * Passes a trace context through where no spans are exported, and none are made. What a hop sends
 * and logs has the context that the hop came with, as the OpenTelemetry specification defines it
 * for a process without an SDK: a span made here would be a parent that no backend has. A hop
 * without a context starts one, so that the log lines of one journey have one trace id.
 */
export function passThrough({ maxGapMs, guard }: PassOnOptions): Layer<HopProcessor> {
  return (next) => (hop) => {
    const begun = guard.attempt(() => begin(hop));
    return begun === undefined
      ? runUntraced(guard, next, hop)
      : runInHopContext(guard, next, begun.active, { hop, isOwnTrace: begun.isOwn });
  };

  function begin(hop: Hop): { readonly active: Context; readonly isOwn: boolean } {
    const { context: came, isOwn } = lineageOf(hop, { maxGapMs, nowMs: Date.now(), guard });
    const active =
      trace.getSpan(came) === undefined ? trace.setSpanContext(came, newTrace()) : came;
    Object.assign(hop.context, headersOf(active, hop.envelope));
    return { active, isOwn };
  }
}

const ids = new RandomIdGenerator();

function newTrace(): SpanContext {
  return {
    traceId: ids.generateTraceId(),
    spanId: ids.generateSpanId(),
    traceFlags: TraceFlags.SAMPLED,
  };
}
