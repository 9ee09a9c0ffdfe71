import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Layer } from '../../src/compose.ts';
import type { HopProcessor } from '../../src/hop/hop.ts';
import type { RuntimeClientLayer, RuntimeLayer } from '../../src/runtime/runtime.ts';
import type { Deliver } from '../../src/sidecar/deliver.ts';
import { ASYA, SCHEMA_URL, SCOPE } from '../attributes.ts';
import { attachHopContext } from '../context/hopContext.ts';
import { passThrough } from '../context/passThrough.ts';
import type { Guard } from '../guard.ts';
import type { TelemetryOptions } from '../telemetryOptions.ts';
import { detachBatches, traceBatches } from './batchSpans.ts';
import { traceCalls, type JoiningSpans } from './callSpans.ts';
import { installSpanClock } from './clockedSpans.ts';
import { traceHops, type DescribeDelivery } from './hopSpans.ts';
import { tracePublishes } from './publishSpans.ts';

/**
 * The layers that create spans and propagate the trace context. A layer without effect is absent.
 */
export interface Tracing {
  readonly hops: (describe: DescribeDelivery | undefined) => Layer<HopProcessor>;
  readonly calls?: RuntimeLayer;
  /** Makes the calls of several envelopes outside of the contexts of their hops. */
  readonly batches: RuntimeClientLayer;
  /** Adds the wait of a call for the rate limit, in milliseconds, to the span of its hop. */
  readonly rateLimitWaits?: (waitMs: number) => void;
  /** Adds the wait of a hop for its batch, in milliseconds, to its span. */
  readonly batchWaits?: (waitMs: number) => void;
  readonly publishes?: Layer<Deliver>;
}

/**
 * Creates spans if a tracer provider records them. Otherwise, with an SDK trace contexts are passed
 * through; without one, only log lines are related to their hop.
 */
export function createTracing(
  options: TelemetryOptions,
  sdk: { readonly makesSpans: boolean } | undefined,
  guard: Guard,
): Tracing {
  const batches = detachBatches(guard);
  const untraced: Tracing = { hops: () => attachHopContext(guard), batches };
  const makesSpans = sdk?.makesSpans ?? guard.attempt(hasProvider) ?? false;
  if (sdk === undefined && !makesSpans) return untraced;
  const { actor, end, maxGapMs, maxFanout, transport: system, version } = options;
  // `register.ts` has not installed the clock for an SDK that it did not start.
  if (makesSpans) guard.attempt(installSpanClock);
  const tracer = guard.attempt(() =>
    trace.getTracerProvider().getTracer(SCOPE, version, { schemaUrl: SCHEMA_URL }),
  );
  if (tracer === undefined) return untraced;
  const instrumented = makesSpans && system === 'rabbitmq';
  const publishes = tracePublishes({ tracer, actor, system, instrumented, maxFanout, guard });
  if (!makesSpans) return { hops: () => passThrough({ maxGapMs, guard }), batches, publishes };
  const { runtimeProtocol: protocol, runtimeAddress: address } = options;
  const callOptions = { tracer, protocol, address, guard };
  const joining: JoiningSpans = new WeakMap();
  return {
    hops: (describe) => traceHops({ tracer, actor, system, end, maxGapMs, describe, guard }),
    calls: traceCalls(callOptions, joining),
    batches: traceBatches(callOptions, joining),
    rateLimitWaits: (waitMs) =>
      trace.getActiveSpan()?.setAttribute(ASYA.rateLimitWait, waitMs / 1000),
    batchWaits: (waitMs) => trace.getActiveSpan()?.setAttribute(ASYA.batchWait, waitMs / 1000),
    publishes,
  };
}

/** Whether an SDK that `register.ts` did not start has registered a tracer provider. */
function hasProvider(): boolean {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return true;
  return provider.getDelegateTracer(SCOPE) !== undefined;
}
