import { FAULT_CODES } from '../../src/faults.ts';
import { STATUS } from '../outcomes.ts';
import { BYTES, HOP_SECONDS, SEND_SECONDS, WAIT_SECONDS } from './buckets.ts';
import { counter, histogram, upDownCounter } from './definition.ts';
import { CALL_FAULTS, MESSAGE_TYPE } from './labelValues.ts';

const queue = 'actor';
const transport = 'transport';

/** The metrics of Asya, with its names and labels, so that existing dashboards keep working. */
export const ASYA_INSTRUMENTS = {
  messagesReceived: counter({
    name: 'messages_received_total',
    unit: '{message}',
    help: 'Messages received from the queue',
    labels: { queue, transport },
  }),
  messagesProcessed: counter({
    name: 'messages_processed_total',
    unit: '{message}',
    help: 'Settled hops, by status',
    labels: { queue, status: unique(Object.values(STATUS)) },
  }),
  messagesSent: counter({
    name: 'messages_sent_total',
    unit: '{message}',
    help: 'Confirmed publishes, by message type',
    labels: { destination_queue: 'destination', message_type: unique(Object.values(MESSAGE_TYPE)) },
  }),
  messagesFailed: counter({
    name: 'messages_failed_total',
    unit: '{message}',
    help: 'Hops that ended in an error envelope, by fault code',
    labels: { queue, reason: FAULT_CODES },
  }),
  activeMessages: upDownCounter({
    name: 'active_messages',
    unit: '{message}',
    help: 'Hops in progress',
    labels: {},
  }),
  processingDuration: histogram({
    name: 'processing_duration_seconds',
    unit: 's',
    help: 'Duration of a hop, from its delivery until it is settled',
    labels: { queue },
    buckets: HOP_SECONDS,
  }),
  runtimeDuration: histogram({
    name: 'runtime_execution_duration_seconds',
    unit: 's',
    help: 'Duration of a call to the runtime, until its reply or timeout; a batch is one call',
    labels: { queue },
    buckets: HOP_SECONDS,
  }),
  receiveDuration: histogram({
    name: 'queue_receive_duration_seconds',
    unit: 's',
    help: 'Time for which a free concurrency slot waited for a message',
    labels: { queue, transport },
    buckets: WAIT_SECONDS,
  }),
  sendDuration: histogram({
    name: 'queue_send_duration_seconds',
    unit: 's',
    help: 'Duration of a publish, until the broker confirms it',
    labels: { destination_queue: 'destination', transport },
    buckets: SEND_SECONDS,
  }),
  envelopeSize: histogram({
    name: 'envelope_size_bytes',
    unit: 'By',
    help: 'Size of an encoded envelope',
    labels: { direction: ['received', 'sent'] },
    buckets: BYTES,
  }),
  runtimeErrors: counter({
    name: 'runtime_errors_total',
    unit: '{error}',
    help: 'Failed calls to the runtime, and failed envelopes of answered batches, by fault code',
    labels: { queue, error_type: CALL_FAULTS },
  }),
};

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
