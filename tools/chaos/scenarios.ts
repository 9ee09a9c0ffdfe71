import type { Counts, PlanOptions } from './plan.ts';

export interface Scenario extends Omit<PlanOptions, 'seed'> {
  /** How many are sent. */
  readonly envelopes: number;
  /** How long a runtime takes for a call, less than so many milliseconds. */
  readonly callMs: number;
}

const ACTORS_AND_ENDS = ['prep', 'split', 'infer', 'happy-end', 'error-end'];

/** Some minutes on RabbitMQ. */
export const LONG_RABBITMQ: Scenario = {
  envelopes: 20_000,
  callMs: 5,
  minPauseMs: 500,
  maxPauseMs: 4_000,
  kills: killsOf(ACTORS_AND_ENDS, 4),
  disasters: {
    'broker killed': 3,
    'broker stopped': 2,
    'connections reset': 4,
    'black hole': 2,
    'half-open, broker gone': 2,
    'half-open, clients gone': 2,
    'slow network': 2,
    'sidecar frozen': 2,
    'memory alarm': 2,
    'queue full': 2,
    'queue deleted': 2,
    'permission revoked': 2,
    'collector dead': 2,
  },
};

/** Some minutes on a SQLite file. */
export const LONG_SQLITE: Scenario = {
  envelopes: 20_000,
  callMs: 5,
  minPauseMs: 500,
  maxPauseMs: 4_000,
  kills: killsOf(ACTORS_AND_ENDS, 4),
  disasters: {
    'file locked': 8,
    'long reader': 3,
    'frozen beyond its leases': 2,
    'disk full': 4,
    'collector dead': 1,
  },
};

/** For every run of the tests. */
const SHORT = {
  envelopes: 500,
  callMs: 5,
  minPauseMs: 200,
  maxPauseMs: 1_500,
  kills: killsOf(['split', 'infer', 'happy-end'], 1),
};

/** About a minute on RabbitMQ. */
export const SHORT_RABBITMQ: Scenario = {
  ...SHORT,
  disasters: { 'broker killed': 1, 'connections reset': 1, 'memory alarm': 1, 'queue deleted': 1 },
};

/** Under a minute on a SQLite file. */
export const SHORT_SQLITE: Scenario = {
  ...SHORT,
  disasters: { 'file locked': 1, 'long reader': 1, 'disk full': 1 },
};

const SHUTDOWNS = {
  callMs: 60,
  minPauseMs: 200,
  maxPauseMs: 1_000,
  disasters: {},
};

/**
 * Fifty times a sidecar is told to stop while it works; every second time its runtime dies just
 * before.
 */
export const LONG_SHUTDOWNS: Scenario = {
  ...SHUTDOWNS,
  envelopes: 5_000,
  kills: {
    'stop of prep': 6,
    'stop of split': 6,
    'stop of infer': 6,
    'stop of happy-end': 4,
    'stop of error-end': 3,
    'stop after runtime of prep': 8,
    'stop after runtime of split': 8,
    'stop after runtime of infer': 9,
  },
};

/** The same in short. */
export const SHORT_SHUTDOWNS: Scenario = {
  ...SHUTDOWNS,
  envelopes: 250,
  kills: {
    'stop of prep': 1,
    'stop of infer': 1,
    'stop of happy-end': 1,
    'stop after runtime of split': 1,
    'stop after runtime of infer': 1,
  },
};

/** So many of each sidecar and of each runtime. */
function killsOf(actors: readonly string[], times: number): Counts {
  const targets = actors.flatMap((actor) => [`sidecar of ${actor}`, `runtime of ${actor}`]);
  return Object.fromEntries(targets.map((target) => [target, times]));
}
