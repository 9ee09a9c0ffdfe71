import { context, createContextKey, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Hop, HopProcessor } from '../../src/hop/hop.ts';
import type { Layer } from '../../src/compose.ts';
import { EMPTY_CONTEXT } from './linkedContext.ts';
import type { Guard } from '../guard.ts';

/** The current hop. It is a value of the OpenTelemetry context, in addition to the span. */
export interface HopContext {
  readonly hop: Hop;
  /** The hop starts a trace, or is in another trace than its envelope's context. */
  readonly isOwnTrace: boolean;
  /** Its call to the runtime, once the call has ended. */
  call?: HopCall;
  /** The time for which its call has waited for the rate limit, in milliseconds. */
  rateLimitMs?: number;
  /** The time for which it has waited for its batch and a slot, in milliseconds. */
  batchWaitMs?: number;
  /** The queues of its confirmed publishes. */
  readonly destinations: Set<string>;
}

/** The call of a hop: one, or two if the call of its batch has failed. */
export interface HopCall {
  /** Of both calls. */
  readonly durationMs: number;
  /** Of the reply to this hop. */
  readonly sizeBytes: number | undefined;
  /** The number of envelopes in the first call, if several. */
  readonly batchSize: number | undefined;
  /** Whether the hop was called alone after the call of its batch. */
  readonly isAlone: boolean;
}

export function createHopContext(hop: Hop, isOwnTrace: boolean): HopContext {
  return { hop, isOwnTrace, destinations: new Set() };
}

/** Processes a hop in a context that holds it, also after awaits. */
export function runInHopContext(
  guard: Guard,
  next: HopProcessor,
  outer: Context,
  hopContext: HopContext,
): ReturnType<HopProcessor> {
  return callInContext(guard, outer.setValue(HOP, hopContext), next, hopContext.hop);
}

/** Processes a hop without a trace. Its log lines still have the ids of its envelope. */
export function runUntraced(guard: Guard, next: HopProcessor, hop: Hop): ReturnType<HopProcessor> {
  return runInHopContext(guard, next, EMPTY_CONTEXT, createHopContext(hop, false));
}

/**
 * Calls a function exactly once, in the given context, or in the active one if the context manager
 * fails.
 */
export function callInContext<A, R>(
  guard: Guard,
  active: Context,
  call: (argument: A) => R,
  argument: A,
): R {
  let hasBegun = false;
  let returned: { readonly value: R } | undefined;
  try {
    return context.with(active, () => {
      hasBegun = true;
      returned = { value: call(argument) };
      return returned.value;
    });
  } catch (error) {
    if (returned === undefined && hasBegun) throw error;
    guard.reportOnce(error);
    return returned === undefined ? call(argument) : returned.value;
  }
}

export function hopContextOf(active: Context): HopContext | undefined {
  return active.getValue(HOP) as HopContext | undefined;
}

/** Whether the active span is not recorded. Its children are not recorded either. */
export function isUnrecorded(active: Context): boolean {
  return trace.getSpan(active)?.isRecording() === false;
}

/** Provides the hop's context where tracing is off. */
export function attachHopContext(guard: Guard): Layer<HopProcessor> {
  return (next) => (hop) => runUntraced(guard, next, hop);
}

/**
 * Registers a context manager if there is none; an SDK registers its own. Without one a context is
 * lost at an await. OpenTelemetry keeps it in a global.
 */
export function ensureContextManager(guard: Guard): void {
  guard.attempt(() => {
    const isRegistered = context.with(PROBE, () => context.active() === PROBE);
    if (!isRegistered) context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  });
}

const HOP = createContextKey('asya.hop');
const PROBE = EMPTY_CONTEXT.setValue(HOP, undefined);
