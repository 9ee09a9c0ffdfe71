import type { Hop, Settled, HopProcessor } from '../src/hop/hop.ts';
import type { Layer } from '../src/compose.ts';
import type {
  Call,
  CallReply,
  Reply,
  Request,
  RuntimeClientLayer,
  RuntimeLayer,
} from '../src/runtime/runtime.ts';
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

/**
 * Called with the request of each hop, its reply, and the duration of its call to the runtime, in
 * the hop's context.
 */
export type ReplyObserver = (request: Request, reply: Reply, durationMs: number) => void;

/** Called with each call on a connection, which may be that of several hops. */
export type CallObserver = (call: Call, reply: CallReply, durationMs: number) => void;

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

/** Times the call of each hop once for all observers. */
export function observeReplies(observers: readonly ReplyObserver[], guard: Guard): RuntimeLayer {
  return (next) => ({
    async call(request) {
      const startMs = performance.now();
      const reply = await next.call(request);
      const durationMs = performance.now() - startMs;
      for (const observe of observers) guard.attempt(() => observe(request, reply, durationMs));
      return reply;
    },
    close: () => next.close(),
  });
}

/** Times each call on a connection. */
export function observeCalls(observe: CallObserver, guard: Guard): RuntimeClientLayer {
  return (next) => ({
    async send(call) {
      const startMs = performance.now();
      const reply = await next.send(call);
      const durationMs = performance.now() - startMs;
      guard.attempt(() => observe(call, reply, durationMs));
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
