import type { TransportState } from '../../src/transport/transport.ts';
import { SECOND } from '../../src/units.ts';
import type { CallObserver, HopObserver, PublishObserver } from '../observers.ts';
import type { TelemetryOptions } from '../telemetryOptions.ts';
import { createProcessGauges, reportHealth } from './gauges.ts';
import { measureCalls, measureHops, measurePublishes } from './hopMetrics.ts';
import { MESSAGE_TYPE } from './labelValues.ts';
import { monitorQueueDepth, type QueueDepthMonitor } from './queueDepth.ts';
import type { MetricRegistry } from './metricRegistry.ts';
import { createMetrics, type Recorder } from './recorder.ts';

/** The observers and gauges of a sidecar's metrics. */
export interface Measuring {
  readonly hops?: HopObserver;
  readonly calls?: CallObserver;
  readonly publishes?: PublishObserver;
  readonly countDroppedLine: () => void;
  readonly monitorQueueDepth: (read: () => Promise<number | undefined>) => void;
  readonly onTransportState: (state: TransportState) => void;
  stop(): void;
}

/** Records nothing, because without an SDK no reader collects metrics. */
export const NO_MEASURING: Measuring = {
  countDroppedLine() {},
  monitorQueueDepth() {},
  onTransportState() {},
  stop() {},
};

const QUEUE_DEPTH_INTERVAL_MS = 15 * SECOND;

/** The SDK's readers of metrics. */
export interface MetricReading {
  readonly metricRegistry: MetricRegistry;
  /** The longest interval between two reads of one reader. */
  readonly readIntervalMs: number;
}

export function createMeasuring(
  options: TelemetryOptions,
  { metricRegistry, readIntervalMs }: MetricReading,
): Measuring {
  const { actor, concurrency, end, health, namespace, transport, version } = options;
  let queueDepth: QueueDepthMonitor | undefined;
  const processGauges = createProcessGauges(readIntervalMs);
  const { record, collect } = createMetrics({
    namespace,
    constants: { actor, transport, version, end },
    observe(report) {
      reportHealth(report, health);
      processGauges.report(report);
      report('concurrencyLimit', concurrency);
      report('buildInfo', 1);
      const depth = queueDepth?.latest();
      if (depth !== undefined) report('queueDepth', depth);
    },
  });
  initializeDestinations(record, options);
  const unregister = metricRegistry.register(collect);
  return {
    hops: measureHops(record, { concurrency }),
    calls: measureCalls(record),
    publishes: measurePublishes(record),
    countDroppedLine: () => record.logLinesDropped(1),
    monitorQueueDepth(read) {
      queueDepth = monitorQueueDepth(read, QUEUE_DEPTH_INTERVAL_MS);
      queueDepth.onState(health.transport);
    },
    onTransportState: (state) => queueDepth?.onState(state),
    stop() {
      queueDepth?.stop();
      unregister();
      processGauges.stop();
    },
  };
}

/** Exports the value 0 for the destinations known at the start; routes add further ones. */
function initializeDestinations(record: Recorder, options: TelemetryOptions): void {
  const { actor, happyEnd, errorEnd } = options;
  const initialize = (
    destination_queue: string,
    message_type: (typeof MESSAGE_TYPE)[keyof typeof MESSAGE_TYPE],
  ): void => record.messagesSent(0, { destination_queue, message_type });
  initialize(actor, 'retry');
  if (actor === errorEnd) return initialize(actor, 'parked');
  initialize(errorEnd, 'error_end');
  if (actor !== happyEnd) initialize(happyEnd, 'happy_end');
}
