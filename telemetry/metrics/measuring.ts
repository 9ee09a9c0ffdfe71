import type { TransportState } from '../../src/transport/transport.ts';
import { SECOND } from '../../src/units.ts';
import type { CallObserver, HopObserver, PublishObserver } from '../observers.ts';
import type { Sdk } from '../sdk/sdk.ts';
import type { TelemetryOptions } from '../telemetryOptions.ts';
import { createProcessGauges, reportHealth } from './gauges.ts';
import { measureCalls, measureHops, measurePublishes } from './hopMetrics.ts';
import { MESSAGE_TYPE } from './labelValues.ts';
import { watchDepth, type DepthWatch } from './queueDepth.ts';
import { createMetrics, type Recorder } from './recorder.ts';

/** The parts that record metrics. */
export interface Measuring {
  readonly hops?: HopObserver;
  readonly calls?: CallObserver;
  readonly publishes?: PublishObserver;
  readonly countDroppedLine: () => void;
  readonly watchQueueDepth: (read: () => Promise<number | undefined>) => void;
  readonly onTransportState: (state: TransportState) => void;
  stop(): void;
}

/** Records nothing: without an SDK no reader collects metrics. */
export const NOT_MEASURING: Measuring = {
  countDroppedLine() {},
  watchQueueDepth() {},
  onTransportState() {},
  stop() {},
};

const QUEUE_DEPTH_INTERVAL_MS = 15 * SECOND;

export function createMeasuring(
  options: TelemetryOptions,
  { sources, readIntervalMs }: Sdk,
): Measuring {
  const { actor, concurrency, end, health, namespace, transport, version } = options;
  let depth: DepthWatch | undefined;
  const process = createProcessGauges(readIntervalMs);
  const { record, collect } = createMetrics({
    namespace,
    constants: { actor, transport, version, end },
    observe(report) {
      reportHealth(report, health);
      process.report(report);
      report('concurrencyLimit', concurrency);
      report('buildInfo', 1);
      const ready = depth?.current();
      if (ready !== undefined) report('queueDepth', ready);
    },
  });
  initializeDestinations(record, options);
  const stopCollecting = sources.add(collect);
  return {
    hops: measureHops(record, { concurrency }),
    calls: measureCalls(record),
    publishes: measurePublishes(record),
    countDroppedLine: () => record.logLinesDropped(1),
    watchQueueDepth(read) {
      depth = watchDepth(read, QUEUE_DEPTH_INTERVAL_MS);
      depth.onState(health.transport);
    },
    onTransportState: (state) => depth?.onState(state),
    stop() {
      depth?.stop();
      stopCollecting();
      process.stop();
    },
  };
}

/** Exports a 0 for the destinations that are known at the start; the routes add the others. */
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
