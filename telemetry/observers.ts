import type { Hop, Settled, HopProcessor } from '../src/hop/hop.ts';
import type { Layer } from '../src/compose.ts';
import type { Reply, RuntimeLayer } from '../src/runtime/runtime.ts';
import type { Guard } from './guard.ts';

/**
 * Is told when a hop begins, by the clock of `performance.now()`; what it returns is told when it
 * has ended: of nothing when it was not settled.
 */
export type HopObserver = (
  hop: Hop,
  startMs: number,
) => (settled: Settled | undefined, durationMs: number) => void;

/** Is told how a call ended, and how long it took. */
export type CallObserver = (reply: Reply, durationMs: number) => void;

/**
 * Times a hop once for all watches, metrics and log lines. A watch that throws does not affect the
 * others.
 */
export function observeHops(watches: readonly HopObserver[], guard: Guard): Layer<HopProcessor> {
  return (next) => async (hop) => {
    const startMs = performance.now();
    const ends = watches.map((watch) => guard.attempt(() => watch(hop, startMs)));
    let settled: Settled | undefined;
    try {
      settled = await next(hop);
      return settled;
    } finally {
      const durationMs = performance.now() - startMs;
      for (const end of ends) guard.attempt(() => end?.(settled, durationMs));
    }
  };
}

/** Times a call to the runtime in the same way. */
export function observeCalls(watches: readonly CallObserver[], guard: Guard): RuntimeLayer {
  return (next) => ({
    async call(request) {
      const start = performance.now();
      const reply = await next.call(request);
      const durationMs = performance.now() - start;
      for (const watch of watches) guard.attempt(() => watch(reply, durationMs));
      return reply;
    },
    close: () => next.close(),
  });
}
