import { FAULT_CODES, FAULTS, type FaultCode } from '../../src/faults.ts';
import type { HoldReason } from '../../src/sidecar/health.ts';
import type { PauseReason } from '../../src/hop/pauseReason.ts';
import type { DispatchKind, OutcomeName } from '../../src/hop/hop.ts';
import { ATTR } from '../attributes.ts';

/**
 * Every metric, once: names, units, help, labels with their closed values, buckets with the reason
 * for them. `<ns>` is `ASYA_METRICS_NAMESPACE`. Every `<ns>_*` series also has the label `actor`,
 * so that somebody can draw who sends to whom. Labels never hold an id or an error's text.
 */
export interface Definition {
  /** Without `<ns>_`; whole, when it is a metric of the semantic conventions. */
  readonly name: string;
  /** What is observed is read at each collection. */
  readonly kind: 'counter' | 'histogram' | 'up_down_counter' | 'observed_up_down_counter' | 'gauge';
  readonly unit: string;
  readonly help: string;
  readonly labels: Labels;
  /** Upper bounds, in `unit`. */
  readonly buckets?: readonly number[];
  readonly convention: boolean;
}

export type Labels = Readonly<Record<string, LabelValues>>;

/**
 * The same for a whole process, one of a closed set, an actor's name out of a bounded set, or V8's
 * own.
 */
export type LabelValues = Constant | readonly string[] | 'destination' | 'heap space';

export type Constant = 'actor' | 'transport' | 'version' | 'end';

/** What became of a hop, as Asya counts it, and two more. */
export const STATUS = {
  forward: 'success',
  fanout: 'success',
  forwarded: 'success',
  empty: 'empty_response',
  end: 'end_consumed',
  error_end: 'error',
  retry_spent: 'error',
  parked: 'error',
  retry: 'retry',
  give_back: 'given_back',
} as const satisfies Record<OutcomeName, string>;

/** Why an envelope was sent, as Asya counts it, and two more. */
export const MESSAGE_TYPE = {
  next: 'routing',
  fanout: 'routing',
  happy_end: 'happy_end',
  error_end: 'error_end',
  retry: 'retry',
  parked: 'parked',
} as const satisfies Record<DispatchKind, string>;

export const PAUSE_REASONS: readonly PauseReason[] = ['runtime_absent', 'suspect', 'draining'];
export const HOLD_REASONS: readonly HoldReason[] = ['unconfirmed', 'lost', 'unroutable', 'refused'];

/** What a call to the runtime can fail with. */
const CALL_FAULTS: readonly FaultCode[] = [
  'runtime_error',
  'runtime_timeout',
  'deadline_exceeded',
  'runtime_crashed',
  'reply_invalid',
  'reply_too_large',
];

/** What another attempt may mend. */
const RETRIED_FAULTS = FAULT_CODES.filter((code) => !FAULTS[code].isPermanent);

// A hop reaches from half a millisecond (a small actor) to ten minutes (a model at work).
const HOP_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
  600,
];
// A wait reaches from nothing to a weekend's backlog.
const WAIT_SECONDS = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 259_200,
];
// A confirm takes about a millisecond; a blocked broker holds it for minutes.
const SEND_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300];
// Up to the 16 MiB that RabbitMQ takes by default.
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
// Routes are short; what is long goes in circles.
const HOPS = [1, 2, 3, 5, 8, 13, 21, 50, 100];
// Up to the default of ASYA_MAX_FANOUT; past 100 the children begin traces of their own.
const WIDTHS = [2, 5, 10, 25, 50, 100, 250, 500, 1000];
// What the conventions advise for messaging.
const MESSAGING_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

const queue = 'actor';
const transport = 'transport';
const sentTo = { destination_queue: 'destination' } as const;
const sending = {
  [ATTR.system]: 'transport',
  [ATTR.operationName]: ['publish'],
  [ATTR.destination]: 'destination',
  [ATTR.errorType]: ['unroutable', 'refused', 'unconfirmed', 'lost'],
} as const;
const heapSpace = { 'v8js.heap.space.name': 'heap space' } as const;
const processing = {
  [ATTR.system]: 'transport',
  [ATTR.operationName]: ['process'],
  [ATTR.destination]: 'actor',
} as const;

export const CATALOGUE = {
  messagesReceived: counter(
    'messages_received_total',
    '{message}',
    'Messages taken from the queue',
    {
      queue,
      transport,
    },
  ),
  messagesProcessed: counter(
    'messages_processed_total',
    '{message}',
    'Hops, by what became of them',
    {
      queue,
      status: unique(Object.values(STATUS)),
    },
  ),
  messagesSent: counter(
    'messages_sent_total',
    '{message}',
    'Envelopes sent and confirmed, by why',
    {
      ...sentTo,
      message_type: unique(Object.values(MESSAGE_TYPE)),
    },
  ),
  messagesFailed: counter(
    'messages_failed_total',
    '{message}',
    'Hops that ended in an error envelope',
    {
      queue,
      reason: FAULT_CODES,
    },
  ),
  activeMessages: define(
    'up_down_counter',
    'active_messages',
    '{message}',
    'Hops going on now',
    {},
  ),
  processingDuration: histogram(
    'processing_duration_seconds',
    's',
    'A hop, from delivery to settled',
    { queue },
    HOP_SECONDS,
  ),
  runtimeDuration: histogram(
    'runtime_execution_duration_seconds',
    's',
    'One call to the runtime, until its reply or time-out',
    { queue },
    HOP_SECONDS,
  ),
  receiveDuration: histogram(
    'queue_receive_duration_seconds',
    's',
    'How long room for one more message waited for it',
    { queue, transport },
    WAIT_SECONDS,
  ),
  sendDuration: histogram(
    'queue_send_duration_seconds',
    's',
    'One publish, until the broker has confirmed it',
    { ...sentTo, transport },
    SEND_SECONDS,
  ),
  envelopeSize: histogram(
    'envelope_size_bytes',
    'By',
    'An envelope as it travels',
    { direction: ['received', 'sent'] },
    BYTES,
  ),
  runtimeErrors: counter('runtime_errors_total', '{error}', 'Calls to the runtime that failed', {
    queue,
    error_type: CALL_FAULTS,
  }),
  queueWait: histogram(
    'queue_wait_seconds',
    's',
    'How long a message was due before it was taken, by two clocks; absent when it says not when it was published',
    { queue },
    WAIT_SECONDS,
  ),
  journeyDuration: histogram(
    'journey_duration_seconds',
    's',
    'At an end: the journey from its first hop to here',
    { end: 'end' },
    WAIT_SECONDS,
  ),
  journeyHops: histogram(
    'journey_hops',
    '{hop}',
    'At an end: the hops made before it',
    { end: 'end' },
    HOPS,
  ),
  retries: counter('retries_total', '{attempt}', 'Attempts that failed and are made again', {
    reason: RETRIED_FAULTS,
  }),
  retriesSpent: counter('retries_spent_total', '{message}', 'Messages whose last attempt failed', {
    reason: RETRIED_FAULTS,
  }),
  deferrals: counter(
    'deferrals_total',
    '{message}',
    'Messages that the runtime asked for again later',
    {},
  ),
  givenBack: counter(
    'given_back_total',
    '{message}',
    'Messages returned to their queue, uncounted',
    {
      reason: PAUSE_REASONS,
    },
  ),
  fanoutWidth: histogram(
    'fanout_width',
    '{envelope}',
    'Envelopes that one fan-out sent on',
    {},
    WIDTHS,
  ),
  lateReplies: counter(
    'late_replies_total',
    '{reply}',
    'Replies dropped: they came after the time-out',
    {},
  ),
  repliesReused: counter(
    'replies_reused_total',
    '{reply}',
    'Redeliveries for which the runtime was not asked again',
    {},
  ),
  logLinesDropped: counter(
    'log_lines_dropped_total',
    '{line}',
    'Lines of the log that its reader or its disk did not take',
    {},
  ),
  concurrencyLimit: gauge('concurrency_limit', '{message}', 'The most hops at once', {}),
  queueDepth: gauge(
    'queue_depth',
    '{message}',
    'Messages ready in the queue, the same from each replica',
    {
      queue,
    },
  ),
  runtimeUp: gauge('runtime_up', '1', 'The runtime can be called', {}),
  brokerConnected: gauge('broker_connected', '1', 'The broker is connected', {}),
  brokerBlocked: gauge('broker_blocked', '1', 'The broker takes no publishes for now', {}),
  held: gauge('held', '{message}', 'Hops that wait for the broker to take what they send', {
    reason: HOLD_REASONS,
  }),
  paused: gauge('paused', '1', 'The queue is not consumed for now', { reason: PAUSE_REASONS }),
  ready: gauge('ready', '1', 'What /readyz says', {}),
  buildInfo: gauge('build_info', '1', 'Always 1', { version: 'version' }),

  processDuration: convention(
    histogram(
      'messaging.process.duration',
      's',
      'Duration of processing operation',
      {
        ...processing,
        [ATTR.errorType]: FAULT_CODES,
      },
      MESSAGING_SECONDS,
    ),
  ),
  consumedMessages: convention(
    counter(
      'messaging.client.consumed.messages',
      '{message}',
      'Number of messages that were delivered to the application',
      processing,
    ),
  ),
  operationDuration: convention(
    histogram(
      'messaging.client.operation.duration',
      's',
      'Duration of messaging operation initiated by a producer or consumer client',
      {
        ...sending,
        [ATTR.operationType]: ['send'],
      },
      MESSAGING_SECONDS,
    ),
  ),
  sentMessages: convention(
    counter(
      'messaging.client.sent.messages',
      '{message}',
      'Number of messages producer attempted to send to the broker',
      sending,
    ),
  ),
  loopDelayMin: convention(
    gauge('nodejs.eventloop.delay.min', 's', 'Event loop minimum delay', {}),
  ),
  loopDelayMax: convention(
    gauge('nodejs.eventloop.delay.max', 's', 'Event loop maximum delay', {}),
  ),
  loopDelayMean: convention(gauge('nodejs.eventloop.delay.mean', 's', 'Event loop mean delay', {})),
  loopDelayStddev: convention(
    gauge('nodejs.eventloop.delay.stddev', 's', 'Event loop standard deviation delay', {}),
  ),
  loopDelayP50: convention(
    gauge('nodejs.eventloop.delay.p50', 's', 'Event loop 50 percentile delay', {}),
  ),
  loopDelayP90: convention(
    gauge('nodejs.eventloop.delay.p90', 's', 'Event loop 90 percentile delay', {}),
  ),
  loopDelayP99: convention(
    gauge('nodejs.eventloop.delay.p99', 's', 'Event loop 99 percentile delay', {}),
  ),
  loopUtilization: convention(
    gauge('nodejs.eventloop.utilization', '1', 'Event loop utilization', {}),
  ),
  heapUsed: convention(
    define(
      'observed_up_down_counter',
      'v8js.memory.heap.used',
      'By',
      'Heap memory size allocated',
      heapSpace,
    ),
  ),
  heapLimit: convention(
    define(
      'observed_up_down_counter',
      'v8js.memory.heap.limit',
      'By',
      'Total heap memory size pre-allocated',
      heapSpace,
    ),
  ),
};

interface Defined<K extends Definition['kind'], L extends Labels> extends Definition {
  readonly kind: K;
  readonly labels: L;
}

function counter<const L extends Labels>(name: string, unit: string, help: string, labels: L) {
  return define('counter', name, unit, help, labels);
}

function gauge<const L extends Labels>(name: string, unit: string, help: string, labels: L) {
  return define('gauge', name, unit, help, labels);
}

function histogram<const L extends Labels>(
  name: string,
  unit: string,
  help: string,
  labels: L,
  buckets: readonly number[],
) {
  return { ...define('histogram', name, unit, help, labels), buckets };
}

function define<K extends Definition['kind'], const L extends Labels>(
  kind: K,
  name: string,
  unit: string,
  help: string,
  labels: L,
): Defined<K, L> {
  return { kind, name, unit, help, labels, convention: false };
}

/**
 * A metric of the semantic conventions, with their labels only. The server's address is none of
 * them here: a reconnect to another node of a cluster would begin every series anew.
 */
function convention<D extends Definition>(definition: D): D {
  return { ...definition, convention: true };
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
