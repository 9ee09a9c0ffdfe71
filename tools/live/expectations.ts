import type { DashboardName } from '../../test/kit/dashboards/dashboardFile.ts';

/** What the highest value of a query must lie between, in the unit of its panel. */
export type Order = readonly [least: number, most: number];

/** One event, or some, within ten seconds. */
const EVENTS: Order = [0.05, 20];
/** Ten envelopes a second, many more while a backlog is worked off, fewer on a busy machine. */
const HOPS: Order = [1, 500];
const SHARE: Order = [0.005, 1];
/** From what the fastest runtime takes to what the longest trouble lasts. */
const HOP_SECONDS: Order = [0.001, 120];
const CALL_SECONDS: Order = [0.005, 12];
const WAIT_SECONDS: Order = [0.01, 180];
const BACKLOG: Order = [400, 3_000];
const HELD: Order = [1, 50];
const HEAP_BYTES: Order = [10e6, 500e6];
const ENVELOPE_BYTES: Order = [200, 2_000];
const NONE: Order = [0, 0];
const YES: Order = [1, 1];
const BOTH_REPLICAS: Order = [2, 2];
const ALL_SLOTS: Order = [8, 8];

/** For each panel, one for each of its queries. */
export const EXPECTED: Readonly<Record<DashboardName, Readonly<Record<string, readonly Order[]>>>> =
  {
    fleet: {
      'Sidecars not ready': [[2, 5]],
      'Runtimes down': [BOTH_REPLICAS],
      'Broker unavailable': [[1, 10]],
      'Held hops': [HELD],
      'Failed hops': [SHARE],
      'Hop duration, p99': [HOP_SECONDS],
      'Queued messages': [BACKLOG],
      // One; a counter's rise is extrapolated.
      'Parked messages': [[0.9, 2]],
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
      'Message flow': [HOPS, HOPS],
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
      'Average hop time by phase': [WAIT_SECONDS, CALL_SECONDS, HOP_SECONDS, [0, 120]],
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
      'Messages received and settled': [HOPS, HOPS],
      'Slots and backlog': [[1, 16], ALL_SLOTS, BACKLOG],
      // Fan-outs are of four, in a bucket that ends at five.
      'Fan-out width': [
        [3, 5],
        [3, 5],
      ],
      'Envelope size, p95': [ENVELOPE_BYTES],
      'Queue wait distribution': [HOPS],
      'Event loop delay, p99': [[0.0001, 5]],
      'Event loop utilization': [[0.005, 1]],
      Heap: [HEAP_BYTES, HEAP_BYTES],
      'Time since last scrape': [[0, 20]],
      'Scraped replicas': [BOTH_REPLICAS],
      'Dropped telemetry by reason': [
        [0.05, 2_000],
        [0.05, 2_000],
        // Its reader keeps up.
        NONE,
      ],
      // The SDK's queue holds 2,048 spans.
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

const TEMPO = 'asks Tempo, which is not run here; its query is parsed';
const LOKI = 'asks Loki, which is not run here; its query is parsed';

/** The panels that have no query for Prometheus, and why. */
export const NOT_OF_PROMETHEUS: Readonly<Record<string, string>> = {
  'fleet: Alerts': 'Grafana asks for alerts itself; SEEN_ALERTS are what it would get',
  'journeys: Slow journeys': TEMPO,
  'journeys: Failed journeys': TEMPO,
  'journeys: Hops of journey $journey': TEMPO,
  'journeys: Logs of journey $journey': LOKI,
  'journeys: Trace $trace': TEMPO,
  'journeys: Logs of trace $trace': LOKI,
};

/** The variables that offer nothing to choose from, and why. */
export const EMPTY_VARIABLES: Readonly<Record<string, string>> = {
  namespace:
    'nothing here has that label, as in installations without Kubernetes; the panels work without it',
};

/** Every alert whose condition is brought about, if not for as long as it takes to fire. */
export const SEEN_ALERTS = [
  'AsyaBacklogGrowing',
  'AsyaBrokerBlocked',
  'AsyaBrokerDisconnected',
  'AsyaDeliveryBudgetBurn',
  'AsyaDeliveryBudgetBurnSlow',
  'AsyaEnvelopesParked',
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

/** The others, and why their condition does not hold in such a run. */
export const UNSEEN_ALERTS: Readonly<Record<string, string>> = {
  AsyaActorGone: 'every actor keeps a sidecar',
  AsyaNothingScraped: 'five sidecars are scraped',
  AsyaSlowHops: 'wants hops of over a minute',
  AsyaStuckConsumer: 'wants messages to wait for a quarter of an hour',
};
