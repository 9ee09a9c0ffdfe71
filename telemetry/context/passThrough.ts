import { trace, TraceFlags, type Context, type SpanContext } from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';
import type { Layer } from '../../src/compose.ts';
import type { Hop, HopProcessor } from '../../src/hop/hop.ts';
import type { Guard } from '../guard.ts';
import { createHopContext, runInHopContext, runUntraced, type HopContext } from './hopContext.ts';
import { createTraceHeaders } from './propagation.ts';
import { resolveParent } from './spanParent.ts';

export interface PassThroughOptions {
  readonly maxGapMs: number;
  readonly guard: Guard;
}

/**
 * Passes trace contexts through where no spans are exported. The publishes and log lines of a hop
 * have the context of its delivery, as the OpenTelemetry specification requires of a process
 * without an SDK: a span created in between would be a parent that no backend has. A hop without a
 * context starts one, so that all log lines of a journey have one trace id.
 */
export function passThrough({ maxGapMs, guard }: PassThroughOptions): Layer<HopProcessor> {
  const ids = new RandomIdGenerator();
  return (next) => (hop) => {
    const active = guard.attempt(() => activate(hop));
    return active === undefined
      ? runUntraced(guard, next, hop)
      : runInHopContext(guard, next, active.context, active.current);
  };

  function activate(hop: Hop): { readonly context: Context; readonly current: HopContext } {
    const parent = resolveParent(hop, { maxGapMs, nowMs: Date.now(), guard });
    const context =
      trace.getSpan(parent.context) === undefined
        ? trace.setSpanContext(parent.context, createSpanContext(ids))
        : parent.context;
    const traced = { ...hop, traceHeaders: createTraceHeaders(context, hop.envelope) };
    return { context, current: createHopContext(traced, parent.isOwnTrace) };
  }
}

function createSpanContext(ids: RandomIdGenerator): SpanContext {
  return {
    traceId: ids.generateTraceId(),
    spanId: ids.generateSpanId(),
    traceFlags: TraceFlags.SAMPLED,
  };
}
