import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { Resource } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { createAmqplibInstrumentation } from '../../../telemetry/spans/amqplib.ts';
import { setSdkState } from '../../../telemetry/sdk/sdkState.ts';
import { createMetricRegistry } from '../../../telemetry/metrics/metricRegistry.ts';

/**
 * The real SDK with in-memory exporters. A test file can have only one, because its registrations
 * are global.
 */
export interface RecordedSdk {
  /** Returns the number of started spans that have not ended. */
  openSpans(): number;
  /** Returns the spans that ended since the last call. */
  takeSpans(): ReadableSpan[];
  readonly logRecords: InMemoryLogRecordExporter;
  readonly exporter: PrometheusExporter;
  close(): Promise<void>;
}

export interface RecordedSdkOptions {
  readonly sampler?: Sampler;
  readonly resource?: Resource;
}

export function startRecordedSdk({ sampler, resource }: RecordedSdkOptions = {}): RecordedSdk {
  const spans = new InMemorySpanExporter();
  const logRecords = new InMemoryLogRecordExporter();
  const metricRegistry = createMetricRegistry();
  const metricProducers = [metricRegistry.producer];
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    metricProducers,
  });
  let open = 0;
  const counter: SpanProcessor = {
    onStart: () => void open++,
    onEnd: () => void open--,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const sdk = new NodeSDK({
    resourceDetectors: [],
    ...(sampler === undefined ? {} : { sampler }),
    ...(resource === undefined ? {} : { resource }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans }), counter],
    logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: logRecords })],
    metricReaders: [exporter],
    instrumentations: [createAmqplibInstrumentation()],
  });
  sdk.start();
  // A test may open and shut down telemetry several times; the SDK runs until the end.
  const shutdown = (): Promise<void> => Promise.resolve();
  setSdkState({
    sdk: {
      exporter,
      metricRegistry,
      makesSpans: true,
      warnings: [],
      diagnosticLevel: undefined,
      readIntervalMs: 60_000,
      shutdown,
    },
  });
  return {
    openSpans: () => open,
    takeSpans() {
      const taken = spans.getFinishedSpans();
      spans.reset();
      return taken;
    },
    logRecords,
    exporter,
    close: () => sdk.shutdown(),
  };
}
