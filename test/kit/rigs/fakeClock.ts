import type { Clock } from '../../../src/clock.ts';

/** A clock that only a test advances. */
export interface FakeClock extends Clock {
  /** Advances the time, and makes the calls that become due, each at its time. */
  advance(ms: number): void;
}

interface Event {
  readonly atMs: number;
  readonly call: () => void;
}

export function createFakeClock(): FakeClock {
  let nowMs = 0;
  let events: Event[] = [];

  const remove = (event: Event): void => void (events = events.filter((it) => it !== event));
  /** Of events at the same time, the one that was added first. */
  const first = (): Event | undefined => events.toSorted((a, b) => a.atMs - b.atMs)[0];

  return {
    nowMs: () => nowMs,
    callAfter(delayMs, call) {
      const event = { atMs: nowMs + Math.max(0, delayMs), call };
      events.push(event);
      return () => remove(event);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let next = first(); next !== undefined && next.atMs <= endMs; next = first()) {
        const { atMs, call } = next;
        remove(next);
        nowMs = atMs;
        call();
      }
      nowMs = endMs;
    },
  };
}
