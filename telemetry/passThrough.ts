import {
  context,
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

/**
 * Tracers for when nobody takes spans. What a hop sends and logs has the context that the hop came with, as the
 * OpenTelemetry specification has it where there is no SDK: a span of ours would be a parent that nobody finds. Where
 * there is none yet, one begins here, so that lines of one journey have one trace id.
 */
export function createPassThrough(): TracerProvider {
  const ids = new RandomIdGenerator();

  function startSpan(_name: string, options: SpanOptions = {}, active = context.active()): Span {
    const parent = options.root === true ? undefined : trace.getSpanContext(active);
    return trace.wrapSpanContext(parent !== undefined && isSpanContextValid(parent) ? parent : begin());
  }

  function begin(): SpanContext {
    return {
      traceId: ids.generateTraceId(),
      spanId: ids.generateSpanId(),
      traceFlags: TraceFlags.SAMPLED,
    };
  }

  const tracer: Tracer = {
    startSpan,
    startActiveSpan<F extends (span: Span) => unknown>(
      name: string,
      ...given: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
    ): ReturnType<F> {
      const [options, active] = given.length === 1 ? [] : given;
      const parent = typeof active === 'object' ? active : context.active();
      const span = startSpan(name, options, parent);
      return context.with(trace.setSpan(parent, span), given.at(-1) as () => ReturnType<F>, undefined, span);
    },
  };
  return { getTracer: () => tracer };
}
