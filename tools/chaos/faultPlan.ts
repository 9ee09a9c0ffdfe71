import { createRandom, type Random } from './random.ts';

export interface PlannedFault {
  /** The pause before the fault. */
  readonly pauseMs: number;
  readonly fault: string;
}

/** Two sequences of faults, which are injected concurrently. */
export interface FaultPlan {
  readonly processFaults: readonly PlannedFault[];
  readonly brokerFaults: readonly PlannedFault[];
}

/** The number of injections of each fault, by name. */
export type FaultCounts = Readonly<Record<string, number>>;

export interface FaultPlanOptions {
  readonly seed: number;
  /** The faults of processes (see `injectProcessFault`). */
  readonly processFaults: FaultCounts;
  readonly brokerFaults: FaultCounts;
  readonly minPauseMs: number;
  readonly maxPauseMs: number;
}

/** Plans the faults of a run. The same seed results in the same plan. */
export function planFaults(options: FaultPlanOptions): FaultPlan {
  const random = createRandom(options.seed);
  return {
    processFaults: planSequence(options.processFaults, options, random),
    brokerFaults: planSequence(options.brokerFaults, options, random),
  };
}

function planSequence(
  counts: FaultCounts,
  { minPauseMs, maxPauseMs }: FaultPlanOptions,
  random: Random,
): PlannedFault[] {
  const faults = Object.entries(counts).flatMap(([fault, count]) =>
    Array.from({ length: count }, () => fault),
  );
  return random
    .shuffled(faults)
    .map((fault) => ({ fault, pauseMs: random.between(minPauseMs, maxPauseMs) }));
}
