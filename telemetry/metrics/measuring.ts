import type { TransportState } from '../../src/transport/transport.ts';
import type { WaitingCounts } from '../../src/transport/inspection/inspectableTransport.ts';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import type { CallObserver, HopObserver, PublishObserver, ReplyObserver } from '../observers.ts';
import type { TelemetryOptions } from '../telemetryOptions.ts';
import { createProcessGauges, reportHealth, reportWaiting } from './gauges.ts';
import { measureCalls } from './callMetrics.ts';
import { measureHops, measurePublishes } from './hopMetrics.ts';
import { MESSAGE_TYPE } from './labelValues.ts';
import type { MetricRegistry } from './metricRegistry.ts';
import { readPeriodically, type PeriodicReading } from './periodicReading.ts';
import { createMetrics, type Recorder, type Report } from './recorder.ts';

/** The functions of a transport that count messages on the broker. */
export type QueueCounts = Pick<InspectableTransport, 'depth' | 'countWaiting'>;

/** The observers and gauges of a sidecar's metrics. */
export interface Measuring {
  readonly hops?: HopObserver;
  readonly replies?: ReplyObserver;
  readonly calls?: CallObserver;
  readonly publishes?: PublishObserver;
  /** Records the wait of a call for the rate limit, in milliseconds. */
  readonly rateLimitWaits?: (waitMs: number) => void;
  /** Records the wait of a hop for its batch, in milliseconds. */
  readonly batchWaits?: (waitMs: number) => void;
  readonly countDroppedLine: () => void;
  readonly monitorQueues: (queues: QueueCounts) => void;
  readonly onTransportState: (state: TransportState) => void;
  stop(): void;
}

/** Records nothing, because without an SDK no reader collects metrics. */
export const NO_MEASURING: Measuring = {
  countDroppedLine() {},
  monitorQueues() {},
  onTransportState() {},
  stop() {},
};

const QUEUE_DEPTH_INTERVAL_MS = 15 * SECOND;
/** Each reading inspects several queues. */
const WAITING_INTERVAL_MS = MINUTE;

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
  const { actor, concurrency, end, errorEnd, health, namespace, transport, version } = options;
  let depths: DepthReadings | undefined;
  const processGauges = createProcessGauges(readIntervalMs);
  const { record, collect } = createMetrics({
    namespace,
    constants: { actor, transport, version, end, 'error end': errorEnd },
    observe(report) {
      reportHealth(report, health);
      processGauges.report(report);
      report('concurrencyLimit', concurrency);
      report('buildInfo', 1);
      depths?.report(report);
    },
  });
  initializeDestinations(record, options);
  const unregister = metricRegistry.register(collect);
  return {
    hops: measureHops(record, { concurrency }),
    ...measureCalls(record),
    publishes: measurePublishes(record),
    rateLimitWaits: (waitMs) => record.rateLimitWait(waitMs / 1000),
    batchWaits: (waitMs) => record.batchWait(waitMs / 1000),
    countDroppedLine: () => record.logLinesDropped(1),
    monitorQueues(queues) {
      depths = readDepths(actor, queues);
      depths.onState(health.transport);
    },
    onTransportState: (state) => depths?.onState(state),
    stop() {
      depths?.stop();
      unregister();
      processGauges.stop();
    },
  };
}

/** The periodic readings of the depths of queues. */
interface DepthReadings extends Pick<PeriodicReading<unknown>, 'onState' | 'stop'> {
  report(report: Report): void;
}

function readDepths(actor: string, queues: QueueCounts): DepthReadings {
  const ready = readPeriodically<number>({
    read: () => queues.depth(actor),
    intervalMs: QUEUE_DEPTH_INTERVAL_MS,
  });
  const waiting = readPeriodically<WaitingCounts>({
    read: () => queues.countWaiting(),
    intervalMs: WAITING_INTERVAL_MS,
    // A thousand sidecars that start together do not ask the broker together.
    firstDelayMs: WAITING_INTERVAL_MS * Math.random(),
  });
  return {
    report(report) {
      const depth = ready.latest();
      if (depth !== undefined) report('queueDepth', depth);
      reportWaiting(report, waiting.latest() ?? {});
    },
    onState(state) {
      ready.onState(state);
      waiting.onState(state);
    },
    stop() {
      ready.stop();
      waiting.stop();
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
