import { BATCH_WORKLOAD } from './batches/batchWorkload.ts';
import { createFanoutWorkload } from './fanoutWorkload.ts';
import type { FaultCounts, FaultPlanOptions } from './faultPlan.ts';
import type { Workload } from './workload.ts';

export interface Scenario extends Omit<FaultPlanOptions, 'seed'> {
  /** The number of envelopes that the producer sends. */
  readonly envelopes: number;
  readonly workload: Workload;
}

const ACTORS_AND_ENDS = ['prep', 'split', 'infer', 'happy-end', 'error-end'];

/** Several minutes on RabbitMQ. */
export const LONG_RABBITMQ: Scenario = {
  envelopes: 20_000,
  workload: createFanoutWorkload(5),
  minPauseMs: 500,
  maxPauseMs: 4_000,
  processFaults: killsOf(ACTORS_AND_ENDS, 4),
  brokerFaults: {
    'broker killed': 3,
    'broker stopped': 2,
    'connections reset': 4,
    'black hole': 2,
    'half-open, broker gone': 2,
    'half-open, clients gone': 2,
    'slow network': 2,
    'sidecar suspended': 2,
    'memory alarm': 2,
    'queue full': 2,
    'queue deleted': 2,
    'permission revoked': 2,
    'collector down': 2,
  },
};

/** Several minutes on a SQLite file. */
export const LONG_SQLITE: Scenario = {
  envelopes: 20_000,
  workload: createFanoutWorkload(5),
  minPauseMs: 500,
  maxPauseMs: 4_000,
  processFaults: killsOf(ACTORS_AND_ENDS, 4),
  brokerFaults: {
    'file locked': 8,
    'long reader': 3,
    'sidecar suspended, leases expire': 2,
    'disk full': 4,
    'collector down': 1,
  },
};

/** The scenarios of the test suite. */
const SHORT = {
  envelopes: 500,
  workload: createFanoutWorkload(5),
  minPauseMs: 200,
  maxPauseMs: 1_500,
  processFaults: killsOf(['split', 'infer', 'happy-end'], 1),
};

/**
 * About a minute on RabbitMQ. RabbitMQ 3.10, killed soon after a quorum queue was declared, may
 * start without a leader of the queue, and never confirms a publish. The long scenario kills it.
 */
export const SHORT_RABBITMQ: Scenario = {
  ...SHORT,
  brokerFaults: {
    'broker stopped': 1,
    'connections reset': 1,
    'memory alarm': 1,
    'queue deleted': 1,
  },
};

/** Under a minute on a SQLite file. */
export const SHORT_SQLITE: Scenario = {
  ...SHORT,
  brokerFaults: { 'file locked': 1, 'long reader': 1, 'disk full': 1 },
};

const BATCH_PODS = ['framed', 'framed-2', 'http', 'http-2', 'web'];

/** Batches whose items kill the runtime, hang, and fail the whole call, for a few minutes. */
export function createBatches(isShort: boolean, isSqlite: boolean): Scenario {
  const times = isShort ? 1 : 3;
  return {
    workload: BATCH_WORKLOAD,
    envelopes: isShort ? 500 : 4_000,
    minPauseMs: 500,
    maxPauseMs: 3_000,
    processFaults: { ...killsOf(BATCH_PODS, times), ...stopsOf(BATCH_PODS, times) },
    brokerFaults: isSqlite
      ? { 'file locked': times, 'long reader': times }
      : { 'connections reset': 2 * times, 'broker stopped': times, 'memory alarm': 1 },
  };
}

const SHUTDOWNS = {
  workload: createFanoutWorkload(60),
  minPauseMs: 200,
  maxPauseMs: 1_000,
  brokerFaults: {},
};

/** Fifty graceful stops under load; in half of them the runtime is killed first. */
export const LONG_SHUTDOWNS: Scenario = {
  ...SHUTDOWNS,
  envelopes: 5_000,
  processFaults: {
    'stop sidecar of prep': 6,
    'stop sidecar of split': 6,
    'stop sidecar of infer': 6,
    'stop sidecar of happy-end': 4,
    'stop sidecar of error-end': 3,
    'kill runtime and stop sidecar of prep': 8,
    'kill runtime and stop sidecar of split': 8,
    'kill runtime and stop sidecar of infer': 9,
  },
};

/** Five graceful stops under load. */
export const SHORT_SHUTDOWNS: Scenario = {
  ...SHUTDOWNS,
  envelopes: 250,
  processFaults: {
    'stop sidecar of prep': 1,
    'stop sidecar of infer': 1,
    'stop sidecar of happy-end': 1,
    'kill runtime and stop sidecar of split': 1,
    'kill runtime and stop sidecar of infer': 1,
  },
};

/** `times` kills of each sidecar and of each runtime. */
function killsOf(actors: readonly string[], times: number): FaultCounts {
  const targets = actors.flatMap((actor) => [
    `kill sidecar of ${actor}`,
    `kill runtime of ${actor}`,
  ]);
  return Object.fromEntries(targets.map((target) => [target, times]));
}

/** `times` graceful stops of each sidecar. */
function stopsOf(pods: readonly string[], times: number): FaultCounts {
  return Object.fromEntries(pods.map((pod) => [`stop sidecar of ${pod}`, times]));
}
