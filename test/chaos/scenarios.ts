import type { Counts, PlanOptions } from './plan.ts';

export type Scenario = Omit<PlanOptions, 'seed'>;

const ACTORS_AND_ENDS = ['prep', 'split', 'infer', 'happy-end', 'error-end'];

/** Some minutes on RabbitMQ. */
export const LONG_RABBITMQ: Scenario = {
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

/** Under a minute, for every run of the tests. */
export const SHORT_SQLITE: Scenario = {
  minPauseMs: 200,
  maxPauseMs: 1_500,
  kills: killsOf(['split', 'infer', 'happy-end'], 1),
  disasters: { 'file locked': 1, 'long reader': 1, 'disk full': 1 },
};

/** So many of each sidecar and of each runtime. */
function killsOf(actors: readonly string[], times: number): Counts {
  const targets = actors.flatMap((actor) => [`sidecar of ${actor}`, `runtime of ${actor}`]);
  return Object.fromEntries(targets.map((target) => [target, times]));
}
