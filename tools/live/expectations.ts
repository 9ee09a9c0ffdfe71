import type { DashboardName } from '../../test/kit/dashboards/dashboardFile.ts';

/** The range of the highest value of a query, in the unit of its panel. */
export type ValueRange = readonly [min: number, max: number];

/** One or a few events within ten seconds. */
const EVENTS: ValueRange = [0.05, 20];
/** The load is ten envelopes per second. A backlog makes it more, a busy machine less. */
const HOPS: ValueRange = [1, 500];
const SHARE: ValueRange = [0.005, 1];
/** From the fastest call of a runtime to the duration of the run. */
const HOP_SECONDS: ValueRange = [0.001, 900];
const CALL_SECONDS: ValueRange = [0.005, 12];
/** Up to the duration of the run, in which a message may wait for two outages. */
const WAIT_SECONDS: ValueRange = [0.01, 900];
/** The five messages that the scenario leaves at error-end, and those that fail meanwhile. */
const AT_ERROR_END: ValueRange = [5, 100];
/** Retries wait for half a second, so that a reading may see none. */
const RETRIES: ValueRange = [0, 100];
const MEMORY_BYTES: ValueRange = [50e6, 500e6];
const CORES: ValueRange = [0.001, 2];
/** Up to the duration of the run. */
const UPTIME_SECONDS: ValueRange = [10, 900];
const BACKLOG: ValueRange = [400, 3_000];
const HELD: ValueRange = [1, 50];
const HEAP_BYTES: ValueRange = [10e6, 500e6];
const ENVELOPE_BYTES: ValueRange = [200, 2_000];
const NONE: ValueRange = [0, 0];
const YES: ValueRange = [1, 1];
const BOTH_REPLICAS: ValueRange = [2, 2];
const ALL_SLOTS: ValueRange = [8, 8];

/** One range for each query of each panel. */
export const EXPECTED: Readonly<
  Record<DashboardName, Readonly<Record<string, readonly ValueRange[]>>>
> = {
  fleet: {
    'Sidecars not ready': [[2, 5]],
    'Runtimes down': [BOTH_REPLICAS],
    'Broker unavailable': [[1, 10]],
    'Held hops': [HELD],
    'Messages at error-end': [AT_ERROR_END],
    'Parked messages': [YES],
    'Failed hops': [SHARE],
    'Hop duration, p99': [HOP_SECONDS],
    'Queued messages': [BACKLOG],
    'Waiting for a retry': [RETRIES],
    'Largest sidecar': [MEMORY_BYTES],
    Restarts: [NONE],
    Actors: [
      BOTH_REPLICAS,
      YES,
      YES,
      YES,
      BACKLOG,
      ALL_SLOTS,
      HOPS,
      SHARE,
      EVENTS,
      HOP_SECONDS,
      HOP_SECONDS,
      HOP_SECONDS,
      WAIT_SECONDS,
    ],
    'Hops per second': [HOPS],
    'Failure ratio': [SHARE],
    'Hop duration, $quantile': [HOP_SECONDS],
    'Queue wait, $quantile': [WAIT_SECONDS],
    'Queued messages by actor': [BACKLOG],
    'Free slots': [ALL_SLOTS],
    Retries: [EVENTS],
    'Error envelopes': [EVENTS],
    'Pauses by reason': [YES],
    'Messages at error-end over time': [AT_ERROR_END],
    'Parked messages over time': [YES],
    'Messages waiting for a retry': [RETRIES],
    'Message flow': [HOPS, HOPS],
    'Memory by actor': [MEMORY_BYTES],
    'CPU by actor': [CORES],
    'Uptime of the youngest process': [UPTIME_SECONDS],
  },
  actor: {
    'Replicas not ready': [BOTH_REPLICAS],
    'Hops per second': [HOPS],
    'Failed hops': [SHARE],
    'Hop duration, p99': [HOP_SECONDS],
    'Queued messages': [BACKLOG],
    'Queue wait, p95': [WAIT_SECONDS],
    'Free slots': [ALL_SLOTS],
    Versions: [BOTH_REPLICAS],
    Ready: [YES],
    'Broker connected': [YES],
    'Broker blocked': [YES],
    'Runtime up': [YES],
    'Pauses by reason': [YES],
    'Held results by reason': [YES],
    // The last queries of two panels show the rate limit and batches, which infer does not have.
    'Average hop time by phase': [WAIT_SECONDS, CALL_SECONDS, HOP_SECONDS, [0, 120], NONE, NONE],
    'Hop duration': [HOP_SECONDS, HOP_SECONDS, HOP_SECONDS],
    'Hop duration distribution': [HOPS],
    'Runtime call duration': [CALL_SECONDS, CALL_SECONDS],
    'Queue wait and publish time, p95': [WAIT_SECONDS, HOP_SECONDS, WAIT_SECONDS],
    Outcomes: [HOPS],
    'Error envelopes by code': [EVENTS],
    'Messages sent by destination': [HOPS],
    'Retries and exhausted retries': [EVENTS, EVENTS],
    'Runtime errors by type': [EVENTS],
    'Held hops by reason': [HELD],
    'Deferred and given-back messages': [EVENTS, EVENTS, EVENTS, EVENTS],
    'Messages waiting for a retry': [RETRIES],
    'Messages at error-end': [AT_ERROR_END],
    'Parked messages': [YES],
    'Messages received and settled': [HOPS, HOPS],
    'Slots and backlog': [[1, 16], ALL_SLOTS, BACKLOG, NONE],
    // Fan-outs have four children; the bucket ends at five.
    'Fan-out width': [
      [3, 5],
      [3, 5],
    ],
    'Envelope size, p95': [ENVELOPE_BYTES],
    'Queue wait distribution': [HOPS],
    'Envelopes per call': [
      [1, 4],
      [1, 4],
    ],
    // A failed batch waits for the slot of its calls.
    'Wait for a batch': [
      [0.01, 12],
      [0.001, 12],
    ],
    'Batches that failed as a whole': [EVENTS],
    Memory: [MEMORY_BYTES],
    CPU: [CORES],
    Uptime: [UPTIME_SECONDS],
    'Event loop delay, p99': [[0.0001, 5]],
    'Event loop utilization': [[0.005, 1]],
    Heap: [HEAP_BYTES, HEAP_BYTES],
    'Time since last scrape': [[0, 20]],
    'Scraped replicas': [BOTH_REPLICAS],
    'Dropped telemetry by reason': [
      [0.05, 2_000],
      [0.05, 2_000],
      // The reader of the log keeps up.
      NONE,
    ],
    // The SDK queue holds 2,048 spans.
    'Telemetry export queue': [
      [1, 2_048],
      [2_048, 2_048],
      [1, 2_048],
    ],
  },
  journeys: {
    'Completed journeys per second': [HOPS, EVENTS],
    'Journey duration, $quantile': [WAIT_SECONDS],
    'Hops per journey, $quantile': [[0.5, 3]],
    'Journey duration distribution': [HOPS],
  },
};

const TEMPO = 'queries Tempo, which the test does not run; another test parses the query';
const LOKI = 'queries Loki, which the test does not run; another test parses the query';

/** The panels without a Prometheus query, with the reason. */
export const PANELS_WITHOUT_PROMQL: Readonly<Record<string, string>> = {
  'fleet: Alerts': 'Grafana queries the alerts itself; see PENDING_ALERTS',
  'journeys: Slow journeys': TEMPO,
  'journeys: Failed journeys': TEMPO,
  'journeys: Hops of journey $journey': TEMPO,
  'journeys: Logs of journey $journey': LOKI,
  'journeys: Trace $trace': TEMPO,
  'journeys: Logs of trace $trace': LOKI,
};

/** The variables without options, with the reason. */
export const EMPTY_VARIABLES: Readonly<Record<string, string>> = {
  namespace: 'no series has this label, as outside Kubernetes; the panels work without it',
};

/** The alerts that the scenario makes pending; it is too short for most of them to fire. */
export const PENDING_ALERTS = [
  'AsyaBacklogGrowing',
  'AsyaBrokerBlocked',
  'AsyaBrokerDisconnected',
  'AsyaDeliveryBudgetBurn',
  'AsyaDeliveryBudgetBurnSlow',
  'AsyaEnvelopesParked',
  'AsyaErrorEndNotEmpty',
  'AsyaFunctionBudgetBurn',
  'AsyaFunctionBudgetBurnSlow',
  'AsyaHopsHeld',
  'AsyaPausedTooLong',
  'AsyaRetriesSpent',
  'AsyaRuntimeDown',
  'AsyaRuntimeDownOnReplica',
  'AsyaSidecarSilent',
  'AsyaTelemetryDropped',
];

/** The other alerts, with the reason why the scenario does not trigger them. */
export const INACTIVE_ALERTS: Readonly<Record<string, string>> = {
  AsyaActorGone: 'every actor keeps at least one sidecar',
  AsyaBreakerOpen: 'no sidecar has a circuit breaker',
  AsyaErrorEndFilling: 'requires a thousand failed messages',
  AsyaNothingScraped: 'Prometheus scrapes five sidecars',
  AsyaSlowHops: 'requires hops longer than a minute',
  AsyaStuckConsumer: 'requires messages that wait for 15 minutes',
};
