import type { Hop, HopsEvent } from '../../../src/cli/ui/hops/contract.ts';

/** Creates a hop of the actor `prep` that has succeeded. */
export function hop(number: number, values: Partial<Hop> = {}): Hop {
  return {
    number,
    time: '2026-11-29T12:00:01.123Z',
    actor: 'prep',
    id: `env-${number}`,
    journey: `env-${number}`,
    outcome: 'forward',
    next: ['infer'],
    attempt: 1,
    durationMs: 12,
    runtimeMs: 10,
    ...values,
  };
}

/** An event with the hops from one number to another one. */
export function hopsEvent(from: number, to: number): HopsEvent {
  return { hops: Array.from({ length: to - from + 1 }, (_, index) => hop(from + index)) };
}
