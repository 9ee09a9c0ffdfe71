import { FAULT_CODES } from '../../src/faults.ts';
import { ATTR } from '../attributes.ts';
import { MESSAGING_SECONDS } from './buckets.ts';
import { convention, counter, gauge, histogram, observedUpDownCounter } from './definition.ts';

const processing = {
  [ATTR.system]: 'transport',
  [ATTR.operationName]: ['process'],
  [ATTR.destination]: 'actor',
} as const;
const sending = {
  [ATTR.system]: 'transport',
  [ATTR.operationName]: ['publish'],
  [ATTR.destination]: 'destination',
  [ATTR.errorType]: ['unroutable', 'refused', 'unconfirmed', 'lost'],
} as const;
const heapSpace = { 'v8js.heap.space.name': 'heap space' } as const;

/** Metrics of OpenTelemetry's semantic conventions, with their names and descriptions. */
export const CONVENTION_INSTRUMENTS = {
  processDuration: convention(
    histogram({
      name: 'messaging.process.duration',
      unit: 's',
      help: 'Duration of processing operation',
      labels: { ...processing, [ATTR.errorType]: FAULT_CODES },
      buckets: MESSAGING_SECONDS,
    }),
  ),
  consumedMessages: convention(
    counter({
      name: 'messaging.client.consumed.messages',
      unit: '{message}',
      help: 'Number of messages that were delivered to the application',
      labels: processing,
    }),
  ),
  operationDuration: convention(
    histogram({
      name: 'messaging.client.operation.duration',
      unit: 's',
      help: 'Duration of messaging operation initiated by a producer or consumer client',
      labels: { ...sending, [ATTR.operationType]: ['send'] },
      buckets: MESSAGING_SECONDS,
    }),
  ),
  sentMessages: convention(
    counter({
      name: 'messaging.client.sent.messages',
      unit: '{message}',
      help: 'Number of messages producer attempted to send to the broker',
      labels: sending,
    }),
  ),
  loopDelayMin: eventLoop('nodejs.eventloop.delay.min', 's', 'Event loop minimum delay'),
  loopDelayMax: eventLoop('nodejs.eventloop.delay.max', 's', 'Event loop maximum delay'),
  loopDelayMean: eventLoop('nodejs.eventloop.delay.mean', 's', 'Event loop mean delay'),
  loopDelayStddev: eventLoop(
    'nodejs.eventloop.delay.stddev',
    's',
    'Event loop standard deviation delay',
  ),
  loopDelayP50: eventLoop('nodejs.eventloop.delay.p50', 's', 'Event loop 50 percentile delay'),
  loopDelayP90: eventLoop('nodejs.eventloop.delay.p90', 's', 'Event loop 90 percentile delay'),
  loopDelayP99: eventLoop('nodejs.eventloop.delay.p99', 's', 'Event loop 99 percentile delay'),
  loopUtilization: eventLoop('nodejs.eventloop.utilization', '1', 'Event loop utilization'),
  heapUsed: convention(
    observedUpDownCounter({
      name: 'v8js.memory.heap.used',
      unit: 'By',
      help: 'Heap memory size allocated',
      labels: heapSpace,
    }),
  ),
  heapLimit: convention(
    observedUpDownCounter({
      name: 'v8js.memory.heap.limit',
      unit: 'By',
      help: 'Total heap memory size pre-allocated',
      labels: heapSpace,
    }),
  ),
};

function eventLoop(name: string, unit: string, help: string) {
  return convention(gauge({ name, unit, help, labels: {} }));
}
