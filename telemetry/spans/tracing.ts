import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Layer } from '../../src/compose.ts';
import type { HopProcessor } from '../../src/hop/hop.ts';
import type { RuntimeLayer } from '../../src/runtime/runtime.ts';
import type { Deliver } from '../../src/sidecar/deliver.ts';
import { SCHEMA_URL, SCOPE } from '../attributes.ts';
import { followHops } from '../context/hopContext.ts';
import { passThrough } from '../context/passThrough.ts';
import type { Guard } from '../guard.ts';
import type { Sdk } from '../sdk/sdk.ts';
import type { TelemetryOptions } from '../telemetryOptions.ts';
import { traceCalls } from './callSpans.ts';
import { useOneClock } from './clockedSpans.ts';
import { traceHops, type DescribeDelivery } from './hopSpans.ts';
import { tracePublishes } from './publishSpans.ts';

/** The layers that make spans and pass the trace context on. An absent layer would do nothing. */
export interface Tracing {
  readonly hops: (describe: DescribeDelivery | undefined) => Layer<HopProcessor>;
  readonly calls?: RuntimeLayer;
  readonly publishes?: Layer<Deliver>;
}

/**
 * Makes spans if a provider records them. Otherwise an SDK passes trace contexts on, and without an
 * SDK only log lines know their hop.
 */
export function createTracing(
  options: TelemetryOptions,
  sdk: Sdk | undefined,
  guard: Guard,
): Tracing {
  const untraced: Tracing = { hops: () => followHops(guard) };
  const makesSpans = sdk?.makesSpans ?? guard.attempt(hasProvider) ?? false;
  if (sdk === undefined && !makesSpans) return untraced;
  const { actor, end, maxGapMs, maxFanout, transport: system, version } = options;
  // An SDK that was not started by `register.ts` has clocks of its own.
  if (makesSpans) guard.attempt(useOneClock);
  const tracer = guard.attempt(() =>
    trace.getTracerProvider().getTracer(SCOPE, version, { schemaUrl: SCHEMA_URL }),
  );
  if (tracer === undefined) return untraced;
  const instrumented = makesSpans && system === 'rabbitmq';
  const publishes = tracePublishes({ tracer, actor, system, instrumented, maxFanout, guard });
  if (!makesSpans) return { hops: () => passThrough({ maxGapMs, guard }), publishes };
  const { runtimeProtocol: protocol, socketPath } = options;
  return {
    hops: (describe) => traceHops({ tracer, actor, system, end, maxGapMs, describe, guard }),
    calls: traceCalls({ tracer, protocol, socketPath, guard }),
    publishes,
  };
}

/** Whether another SDK than `register.ts`'s has registered a tracer provider. */
function hasProvider(): boolean {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return true;
  return provider.getDelegateTracer(SCOPE) !== undefined;
}
