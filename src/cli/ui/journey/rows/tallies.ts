import type { Step } from '../../../trace/journeys/steps.ts';
import { listSteps } from './steps.ts';

/** What a step led to, itself included. */
export interface Tally {
  /** Number of hops at which an envelope failed for good. */
  readonly failed: number;
  /** Number of envelopes that wait. */
  readonly waiting: number;
  /** The first start, and the last end. */
  readonly startMs: number;
  readonly endMs: number;
}

export type Tallies = ReadonlyMap<Step, Tally>;

/** Sums up each step after the steps that follow it, without recursion. */
export function tallySteps(roots: readonly Step[], failures: ReadonlySet<Step>): Tallies {
  const tallies = new Map<Step, Tally>();
  for (const step of listSteps(roots).toReversed()) {
    let failed = failures.has(step) ? 1 : 0;
    let waiting = 0;
    let { startMs, endMs } = step.span;
    for (const { count } of step.pending) waiting += count;
    for (const next of step.next) {
      const tally = tallies.get(next);
      if (tally === undefined) continue;
      failed += tally.failed;
      waiting += tally.waiting;
      startMs = Math.min(startMs, tally.startMs);
      endMs = Math.max(endMs, tally.endMs);
    }
    tallies.set(step, { failed, waiting, startMs, endMs });
  }
  return tallies;
}
