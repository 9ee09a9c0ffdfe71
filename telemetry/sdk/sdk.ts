import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  type Resource,
} from '@opentelemetry/resources';
import {
  ConsoleMetricExporter,
  createAllowListAttributesProcessor,
  PeriodicExportingMetricReader,
  type IMetricReader,
  type MetricProducer,
  type PushMetricExporter,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { NoopSpanProcessor } from '@opentelemetry/sdk-trace';
import { createAmqplibInstrumentation } from '../spans/amqplib.ts';
import { useOneClock } from '../spans/clockedSpans.ts';
import { collectDiagnostics } from '../logs/diagnostics.ts';
import {
  hasEndpoint,
  findMalformedDurations,
  SIGNALS,
  findEnvironmentWarnings,
  type SdkEnvironment,
} from './environment.ts';
import { createMetricSources, type MetricSources } from '../metrics/metricProducer.ts';
import { createTraceFileExporter } from './traceFile.ts';

/** A running OpenTelemetry SDK. */
export interface Sdk {
  readonly exporter: PrometheusExporter;
  readonly sources: MetricSources;
  /** False when nobody takes spans: then amqplib is not instrumented either. */
  readonly makesSpans: boolean;
  /** What its environment asks for and does not get. */
  readonly warnings: readonly string[];
  /** The longest time between two reads of one reader of metrics. */
  readonly readIntervalMs: number;
  /** `OTEL_LOG_LEVEL`. */
  readonly diagnosticLevel: string | undefined;
  /** Flushes everything; may reject, and may take as long as the exporters' time-outs. */
  shutdown(): Promise<void>;
}

/**
 * Starts the SDK. Nothing is sent unless an endpoint is given; ids, and what a scrape reads, are
 * there all the same.
 * @param env the process's own environment; what has no value gets the default that the SDK is to
 * find
 */
export function startSdk(env: NodeJS.ProcessEnv): Sdk {
  const warnings = findEnvironmentWarnings(env);
  // The SDK would report them again.
  for (const name of findMalformedDurations(env)) delete env[name];
  collectDiagnostics(warnings);
  const diagnosticLevel = env['OTEL_LOG_LEVEL'];
  // Told of it, the SDK would print to the console, between the lines of the log.
  delete env['OTEL_LOG_LEVEL'];
  for (const signal of SIGNALS) {
    env[`OTEL_${signal}_EXPORTER`] ||= hasEndpoint(env, signal) ? 'otlp' : 'none';
  }
  if (env['ASYA_TRACE_FILE']) env['OTEL_BSP_SCHEDULE_DELAY'] ||= FILE_DELAY_MS;
  // The SDK counts what it drops.
  env['OTEL_NODE_EXPERIMENTAL_SDK_METRICS'] ||= 'true';
  const sources = createMetricSources();
  const metricProducers = [sources.producer];
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    metricProducers,
  });
  const spans = wayOfSpans(env);
  // Without a processor the SDK brings no tracers of its own, and there are no spans for a library
  // to make.
  const makesSpans = spans.spanProcessors?.length !== 0;
  const sdk = new NodeSDK({
    resource: resourceOf(env),
    // The process detector would put the command line into every span. Left out, the variable
    // decides.
    ...(env['OTEL_NODE_RESOURCE_DETECTORS'] ? {} : { resourceDetectors: DETECTORS }),
    metricReaders: [exporter, ...pushingReaders(env, metricProducers, warnings)],
    views: [SPAN_COUNTS],
    ...spans,
    instrumentations: makesSpans ? [createAmqplibInstrumentation()] : [],
  });
  sdk.start();
  if (makesSpans) useOneClock();
  return {
    exporter,
    sources,
    makesSpans,
    warnings,
    diagnosticLevel,
    readIntervalMs: Math.max(SCRAPE_INTERVAL_MS, exportIntervalMs(env)),
    shutdown: () => sdk.shutdown(),
  };
}

/**
 * The SDK counts every span that begins and ends; by its labels that would cost more than the span.
 */
const SPAN_COUNTS: ViewOptions = {
  instrumentName: 'otel.sdk.span.*',
  attributesProcessors: [createAllowListAttributesProcessor([])],
};

const DETECTORS = [serviceInstanceIdDetector, hostDetector, envDetector];

/** Spans written to a file wait no longer than this. */
const FILE_DELAY_MS = '1000';

/** What detectors and `OTEL_*` say goes over this. */
function resourceOf(env: SdkEnvironment): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': env['ASYA_ACTOR_NAME'] || 'asya-sidecar',
      'service.namespace': 'asya',
    }),
  );
}

/** Where spans go; nothing leaves it to the environment. */
function wayOfSpans(env: SdkEnvironment): Partial<NodeSDKConfiguration> {
  const path = env['ASYA_TRACE_FILE'];
  if (path) return { traceExporter: createTraceFileExporter(path) };
  if (env['OTEL_TRACES_EXPORTER'] !== 'none') return {};
  // A sampler that is asked for decides for those who come after, whoever takes spans.
  return { spanProcessors: env['OTEL_TRACES_SAMPLER'] ? [new NoopSpanProcessor()] : [] };
}

/**
 * What `OTEL_METRICS_EXPORTER` asks for beside the scrape: the SDK does not read it when readers
 * are given.
 */
function pushingReaders(
  env: SdkEnvironment,
  metricProducers: MetricProducer[],
  warnings: string[],
): IMetricReader[] {
  const names = (env['OTEL_METRICS_EXPORTER'] ?? '').split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    switch (name) {
      case 'otlp':
        return [periodic(env, metricProducers, otlpExporter(env, warnings))];
      case 'console':
        return [periodic(env, metricProducers, new ConsoleMetricExporter())];
      // The scrape is answered anyway.
      case 'prometheus':
      case 'none':
      case '':
        return [];
      default:
        warnings.push(
          `OTEL_METRICS_EXPORTER must be otlp, console, prometheus or none, not "${name}"`,
        );
        return [];
    }
  });
}

function periodic(
  env: SdkEnvironment,
  metricProducers: MetricProducer[],
  exporter: PushMetricExporter,
): IMetricReader {
  const exportIntervalMillis = exportIntervalMs(env);
  const timeoutMs = Number(env['OTEL_METRIC_EXPORT_TIMEOUT'] || 30_000);
  const exportTimeoutMillis = Math.min(timeoutMs, exportIntervalMillis);
  return new PeriodicExportingMetricReader({
    exporter,
    metricProducers,
    exportIntervalMillis,
    exportTimeoutMillis,
  });
}

function exportIntervalMs(env: SdkEnvironment): number {
  return Number(env['OTEL_METRIC_EXPORT_INTERVAL'] || 60_000);
}

/** Of a Prometheus that scrapes rarely. */
const SCRAPE_INTERVAL_MS = 60_000;

function otlpExporter(env: SdkEnvironment, warnings: string[]): PushMetricExporter {
  const protocol = env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  switch (protocol) {
    case 'grpc':
      return new GrpcExporter();
    case 'http/json':
      return new JsonExporter();
    case undefined:
    case '':
    case 'http/protobuf':
      return new ProtobufExporter();
    default:
      warnings.push(
        `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc, http/json or http/protobuf, not "${protocol}"`,
      );
      return new ProtobufExporter();
  }
}
