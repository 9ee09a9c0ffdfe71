import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { createAmqplibInstrumentation } from '../../telemetry/amqplib.ts';
import { noteRunning } from '../../telemetry/running.ts';

/** The real SDK, with everything it makes kept in memory. One for a test file: its registrations are global. */
export interface RecordedSdk {
  /** The spans that ended since the last call. */
  takeSpans(): ReadableSpan[];
  readonly logRecords: InMemoryLogRecordExporter;
  readonly exporter: PrometheusExporter;
  close(): Promise<void>;
}

export function startRecordedSdk(): RecordedSdk {
  const spans = new InMemorySpanExporter();
  const logRecords = new InMemoryLogRecordExporter();
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const sdk = new NodeSDK({
    resourceDetectors: [],
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: logRecords })],
    metricReaders: [exporter],
    instrumentations: [createAmqplibInstrumentation()],
  });
  sdk.start();
  // A test may open and shut down telemetry several times; the SDK is there until the end.
  const shutdown = (): Promise<void> => Promise.resolve();
  noteRunning({ sdk: { exporter, warnings: [], diagnosticLevel: undefined, shutdown } });
  return {
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
