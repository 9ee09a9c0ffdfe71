import type { Hop, Settled, HopProcessor } from '../src/hop/hop.ts';
import type { Layer } from '../src/compose.ts';
import type { Reply, RuntimeLayer } from '../src/runtime/runtime.ts';
import type { Deliver } from '../src/sidecar/deliver.ts';
import type { Publish } from '../src/sidecar/encodeDispatch.ts';
import type { Guard } from './guard.ts';

/**
 * Called when a hop starts, with the time of `performance.now()`. The returned function is called
 * when the hop ends, with undefined if the hop threw instead of settling.
 */
export type HopObserver = (
  hop: Hop,
  startMs: number,
) => (settled: Settled | undefined, durationMs: number) => void;

/** Called with the reply and the duration of each call to the runtime. */
export type CallObserver = (reply: Reply, durationMs: number) => void;

/** Called after each publish, with the error of a failed one. */
export type PublishObserver = (publish: Publish, durationMs: number, error?: unknown) => void;

/** Times each hop once for all observers. An observer that throws does not affect the others. */
export function observeHops(observers: readonly HopObserver[], guard: Guard): Layer<HopProcessor> {
  return (next) => async (hop) => {
    const startMs = performance.now();
    const ends = observers.map((observe) => guard.attempt(() => observe(hop, startMs)));
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

/** Times each call to the runtime once for all observers. */
export function observeCalls(observers: readonly CallObserver[], guard: Guard): RuntimeLayer {
  return (next) => ({
    async call(request) {
      const startMs = performance.now();
      const reply = await next.call(request);
      const durationMs = performance.now() - startMs;
      for (const observe of observers) guard.attempt(() => observe(reply, durationMs));
      return reply;
    },
    close: () => next.close(),
  });
}

/** Times each publish once for all observers. */
export function observePublishes(
  observers: readonly PublishObserver[],
  guard: Guard,
): Layer<Deliver> {
  return (next) => async (publish) => {
    const startMs = performance.now();
    const report = (error?: unknown): void => {
      const durationMs = performance.now() - startMs;
      for (const observe of observers) guard.attempt(() => observe(publish, durationMs, error));
    };
    try {
      await next(publish);
    } catch (error) {
      report(error);
      throw error;
    }
    report();
  };
}
