import type { PlanOptions } from './plan.ts';

type Scenario = Omit<PlanOptions, 'seed'>;

/** Some minutes. */
export const LONG: Scenario = {
  minPauseMs: 500,
  maxPauseMs: 4_000,
  kills: {
    'sidecar of prep': 4,
    'sidecar of split': 4,
    'sidecar of infer': 4,
    'sidecar of happy-end': 4,
    'sidecar of error-end': 4,
    'runtime of prep': 4,
    'runtime of split': 4,
    'runtime of infer': 4,
    'runtime of happy-end': 4,
    'runtime of error-end': 4,
  },
  disasters: {
    'broker killed': 3,
    'broker stopped': 2,
    'connections reset': 4,
    'black hole': 2,
    'half-open, broker gone': 2,
    'half-open, clients gone': 2,
    'slow network': 2,
    'memory alarm': 2,
    'queue full': 2,
    'queue deleted': 2,
    'permission revoked': 2,
    'collector dead': 2,
  },
};
