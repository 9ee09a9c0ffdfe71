import { HOPS, WAIT_SECONDS, WIDTHS } from './buckets.ts';
import { counter, gauge, histogram } from './definition.ts';
import { HOLD_REASONS, PAUSE_REASONS, RETRIED_FAULTS } from './labelValues.ts';

/** The metrics that the sidecar adds to Asya's, under the same prefix. */
export const SIDECAR_INSTRUMENTS = {
  queueWait: histogram({
    name: 'queue_wait_seconds',
    unit: 's',
    help: 'Time from when a message was due until it was received; not recorded without a publish time',
    labels: { queue: 'actor' },
    buckets: WAIT_SECONDS,
  }),
  rateLimitWait: histogram({
    name: 'rate_limit_wait_seconds',
    unit: 's',
    help: 'Time for which a call waited for the rate limit; not recorded without a rate limit',
    labels: { queue: 'actor' },
    buckets: WAIT_SECONDS,
  }),
  journeyDuration: histogram({
    name: 'journey_duration_seconds',
    unit: 's',
    help: 'Duration of a journey from its first hop, recorded at its end',
    labels: { end: 'end' },
    buckets: WAIT_SECONDS,
  }),
  journeyHops: histogram({
    name: 'journey_hops',
    unit: '{hop}',
    help: 'Number of hops of a journey, recorded at its end',
    labels: { end: 'end' },
    buckets: HOPS,
  }),
  retries: counter({
    name: 'retries_total',
    unit: '{attempt}',
    help: 'Failed attempts that are retried, by fault code',
    labels: { reason: RETRIED_FAULTS },
  }),
  retriesSpent: counter({
    name: 'retries_spent_total',
    unit: '{message}',
    help: 'Messages whose last attempt failed, by fault code',
    labels: { reason: RETRIED_FAULTS },
  }),
  deferrals: counter({
    name: 'deferrals_total',
    unit: '{message}',
    help: 'Messages that the runtime deferred',
    labels: {},
  }),
  givenBack: counter({
    name: 'given_back_total',
    unit: '{message}',
    help: 'Messages returned to their queue without spending an attempt',
    labels: { reason: PAUSE_REASONS },
  }),
  fanoutWidth: histogram({
    name: 'fanout_width',
    unit: '{envelope}',
    help: 'Number of envelopes that a fan-out dispatched',
    labels: {},
    buckets: WIDTHS,
  }),
  lateReplies: counter({
    name: 'late_replies_total',
    unit: '{reply}',
    help: 'Replies discarded because they arrived after the timeout',
    labels: {},
  }),
  repliesReused: counter({
    name: 'replies_reused_total',
    unit: '{reply}',
    help: 'Redeliveries settled with the outcome of an earlier delivery, without another call',
    labels: {},
  }),
  logLinesDropped: counter({
    name: 'log_lines_dropped_total',
    unit: '{line}',
    help: 'Log lines dropped because the output was full or failed',
    labels: {},
  }),
  concurrencyLimit: gauge({
    name: 'concurrency_limit',
    unit: '{message}',
    help: 'Maximum number of concurrent hops',
    labels: {},
  }),
  queueDepth: gauge({
    name: 'queue_depth',
    unit: '{message}',
    help: 'Messages ready in the queue; every replica reports the same queue',
    labels: { queue: 'actor' },
  }),
  errorEndDepth: gauge({
    name: 'error_end_depth',
    unit: '{message}',
    help: 'Messages ready in the queue of error-end; every sidecar reports the same queue',
    labels: { queue: 'error end' },
  }),
  parkedDepth: gauge({
    name: 'parked_depth',
    unit: '{message}',
    help: 'Messages that error-end has parked; every sidecar reports the same queue',
    labels: { queue: 'error end' },
  }),
  retryDepth: gauge({
    name: 'retry_depth',
    unit: '{message}',
    help: 'Messages that wait for their next attempt; every replica reports the same queues',
    labels: { queue: 'actor' },
  }),
  runtimeUp: gauge({
    name: 'runtime_up',
    unit: '1',
    help: '1 if the runtime accepts calls',
    labels: {},
  }),
  brokerConnected: gauge({
    name: 'broker_connected',
    unit: '1',
    help: '1 if the broker is connected',
    labels: {},
  }),
  brokerBlocked: gauge({
    name: 'broker_blocked',
    unit: '1',
    help: '1 if the broker has blocked publishes',
    labels: {},
  }),
  held: gauge({
    name: 'held',
    unit: '{message}',
    help: 'Hops held until the broker accepts their publishes, by reason',
    labels: { reason: HOLD_REASONS },
  }),
  rateLimited: gauge({
    name: 'rate_limited',
    unit: '{message}',
    help: 'Hops that wait for the rate limit',
    labels: {},
  }),
  paused: gauge({
    name: 'paused',
    unit: '1',
    help: '1 if consuming is paused for this reason',
    labels: { reason: PAUSE_REASONS },
  }),
  ready: gauge({
    name: 'ready',
    unit: '1',
    help: '1 if /readyz answers 200',
    labels: {},
  }),
  buildInfo: gauge({
    name: 'build_info',
    unit: '1',
    help: 'Always 1; the label holds the version of the sidecar',
    labels: { version: 'version' },
  }),
};
