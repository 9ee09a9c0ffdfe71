import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  ConsoleMetricExporter,
  PeriodicExportingMetricReader,
  type IMetricReader,
  type MetricProducer,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { MINUTE } from '../../src/units.ts';
import type { SdkEnvironment } from './environment.ts';

/**
 * Creates the readers of `OTEL_METRICS_EXPORTER` that push. The SDK ignores that variable when it
 * is given readers, such as the exporter of the scrape.
 * @param warnings receives a warning for each unknown value
 */
export function createPushReaders(
  env: SdkEnvironment,
  metricProducers: MetricProducer[],
  warnings: string[],
): IMetricReader[] {
  const names = (env['OTEL_METRICS_EXPORTER'] ?? '').split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    switch (name) {
      case 'otlp':
        return [createPeriodicReader(env, metricProducers, createOtlpExporter(env, warnings))];
      case 'console':
        return [createPeriodicReader(env, metricProducers, new ConsoleMetricExporter())];
      // The scrape is always available.
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

export function exportIntervalMs(env: SdkEnvironment): number {
  return Number(env['OTEL_METRIC_EXPORT_INTERVAL'] || MINUTE);
}

/** The default of `OTEL_METRIC_EXPORT_TIMEOUT`. */
const EXPORT_TIMEOUT_MS = 30_000;

function createPeriodicReader(
  env: SdkEnvironment,
  metricProducers: MetricProducer[],
  exporter: PushMetricExporter,
): IMetricReader {
  const exportIntervalMillis = exportIntervalMs(env);
  const timeoutMs = Number(env['OTEL_METRIC_EXPORT_TIMEOUT'] || EXPORT_TIMEOUT_MS);
  return new PeriodicExportingMetricReader({
    exporter,
    metricProducers,
    exportIntervalMillis,
    // The reader rejects a timeout that is longer than its interval.
    exportTimeoutMillis: Math.min(timeoutMs, exportIntervalMillis),
  });
}

function createOtlpExporter(env: SdkEnvironment, warnings: string[]): PushMetricExporter {
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
