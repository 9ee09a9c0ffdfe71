import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  type Resource,
} from '@opentelemetry/resources';
import { createAllowListAttributesProcessor, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { NoopSpanProcessor } from '@opentelemetry/sdk-trace';
import { MINUTE } from '../../src/units.ts';
import { collectDiagnostics } from '../logs/diagnostics.ts';
import { createMetricRegistry, type MetricRegistry } from '../metrics/metricRegistry.ts';
import { createAmqplibInstrumentation } from '../spans/amqplib.ts';
import { installSpanClock } from '../spans/clockedSpans.ts';
import {
  findEnvironmentWarnings,
  findMalformedDurations,
  hasEndpoint,
  SIGNALS,
  type SdkEnvironment,
} from './environment.ts';
import { createPushReaders, exportIntervalMs } from './metricReaders.ts';
import { createSampler } from './sampler.ts';
import { createTraceFileExporter } from './traceFile.ts';

/** A running OpenTelemetry SDK. */
export interface Sdk {
  readonly exporter: PrometheusExporter;
  readonly metricRegistry: MetricRegistry;
  /** False if no exporter receives spans; amqplib is then not instrumented either. */
  readonly makesSpans: boolean;
  /** Settings that are malformed or unknown. */
  readonly warnings: readonly string[];
  /** The longest interval between two reads of one metric reader. */
  readonly readIntervalMs: number;
  /** `OTEL_LOG_LEVEL`. */
  readonly diagnosticLevel: string | undefined;
  /** Flushes all signals. May reject, and may take as long as the exporters' timeouts. */
  shutdown(): Promise<void>;
}

/**
 * Starts the SDK. Without an endpoint nothing is sent, but ids and scrapes work.
 * @param env the environment of the process, from which the SDK reads its settings; receives
 * defaults, and loses malformed values
 */
export function startSdk(env: NodeJS.ProcessEnv): Sdk {
  const warnings = findEnvironmentWarnings(env);
  collectDiagnostics(warnings);
  const diagnosticLevel = env['OTEL_LOG_LEVEL'];
  prepareEnvironment(env);
  const sources = createMetricRegistry();
  const metricProducers = [sources.producer];
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    metricProducers,
  });
  const spanOptions = spanOptionsOf(env);
  const sampler = createSampler(env);
  // Without a processor the SDK registers no tracer provider, so libraries create no spans.
  const makesSpans = spanOptions.spanProcessors?.length !== 0;
  const sdk = new NodeSDK({
    resource: createResource(env),
    // The process detector would add the command line to every span. The variable overrides this.
    ...(env['OTEL_NODE_RESOURCE_DETECTORS'] ? {} : { resourceDetectors: DETECTORS }),
    metricReaders: [exporter, ...createPushReaders(env, metricProducers, warnings)],
    views: [SPAN_COUNTS],
    ...spanOptions,
    ...(sampler && { sampler }),
    instrumentations: makesSpans ? [createAmqplibInstrumentation()] : [],
  });
  sdk.start();
  if (makesSpans) installSpanClock();
  return {
    exporter,
    metricRegistry: sources,
    makesSpans,
    warnings,
    diagnosticLevel,
    readIntervalMs: Math.max(SCRAPE_INTERVAL_MS, exportIntervalMs(env)),
    shutdown: () => sdk.shutdown(),
  };
}

/** Sets the sidecar's defaults of `OTEL_*`, and removes the variables that the SDK must not see. */
function prepareEnvironment(env: NodeJS.ProcessEnv): void {
  // The SDK would report them a second time.
  for (const name of findMalformedDurations(env)) delete env[name];
  // The SDK would print its diagnostics to the console, between the lines of the log.
  delete env['OTEL_LOG_LEVEL'];
  for (const signal of SIGNALS) {
    env[`OTEL_${signal}_EXPORTER`] ||= hasEndpoint(env, signal) ? 'otlp' : 'none';
  }
  if (env['ASYA_TRACE_FILE']) env['OTEL_BSP_SCHEDULE_DELAY'] ||= TRACE_FILE_DELAY_MS;
  if (!env['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT']) {
    for (const [name, limit] of VALUE_LENGTH_LIMITS) env[name] ||= limit;
  }
  // The SDK counts what it drops.
  env['OTEL_NODE_EXPERIMENTAL_SDK_METRICS'] ||= 'true';
}

/**
 * Removes the attributes of the SDK's counts of started and ended spans: counting by attribute
 * would cost more than the span.
 */
const SPAN_COUNTS: ViewOptions = {
  instrumentName: 'otel.sdk.span.*',
  attributesProcessors: [createAllowListAttributesProcessor([])],
};

const DETECTORS = [serviceInstanceIdDetector, hostDetector, envDetector];

/**
 * The longest attribute values, in UTF-16 code units. An OTLP receiver refuses a gRPC message over
 * 4 MiB by default: without a limit, an envelope with a long id would lose the spans of the others
 * in its export, which has up to 512. Stack traces are longer than ids, and rare.
 */
const VALUE_LENGTH_LIMITS = [
  ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', '1024'],
  ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', '4096'],
] as const;

/** The longest time that a span waits before it is written to the trace file. */
const TRACE_FILE_DELAY_MS = '1000';

/** An upper bound for the scrape interval of a Prometheus server. */
const SCRAPE_INTERVAL_MS = MINUTE;

/** Creates the default resource. Detectors and `OTEL_*` override its attributes. */
function createResource(env: SdkEnvironment): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': env['ASYA_ACTOR_NAME'] || 'asya-sidecar',
      'service.namespace': 'asya',
    }),
  );
}

/** Returns the options that choose the exporter of spans; none leaves it to the environment. */
function spanOptionsOf(env: SdkEnvironment): Partial<NodeSDKConfiguration> {
  const path = env['ASYA_TRACE_FILE'];
  if (path) return { traceExporter: createTraceFileExporter(path) };
  if (env['OTEL_TRACES_EXPORTER'] !== 'none') return {};
  // An explicit sampler decides for all later hops, so it needs spans even without an exporter.
  return { spanProcessors: env['OTEL_TRACES_SAMPLER'] ? [new NoopSpanProcessor()] : [] };
}
