import { createRandom, type Random } from './random.ts';

/** What is done to a pipeline, and how long nothing is done before. */
export interface Step {
  readonly pauseMs: number;
  readonly fault: string;
}

/** Two hands at once: one kills processes, the other ill-treats the broker and the network. */
export interface Plan {
  readonly kills: readonly Step[];
  readonly disasters: readonly Step[];
}

/** How often each fault happens, by name. */
export type Counts = Readonly<Record<string, number>>;

export interface PlanOptions {
  readonly seed: number;
  /** Of what is killed; the name of a target each. */
  readonly kills: Counts;
  readonly disasters: Counts;
  readonly minPauseMs: number;
  readonly maxPauseMs: number;
}

/** The same seed makes the same plan. */
export function planOf(options: PlanOptions): Plan {
  const random = createRandom(options.seed);
  return {
    kills: stepsOf(options.kills, options, random),
    disasters: stepsOf(options.disasters, options, random),
  };
}

function stepsOf(counts: Counts, { minPauseMs, maxPauseMs }: PlanOptions, random: Random): Step[] {
  const faults = Object.entries(counts).flatMap(([fault, count]) =>
    Array.from({ length: count }, () => fault),
  );
  return random
    .shuffled(faults)
    .map((fault) => ({ fault, pauseMs: random.between(minPauseMs, maxPauseMs) }));
}
