import { context, createContextKey, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Hop, HopProcessor } from '../../src/hop/hop.ts';
import type { Layer } from '../../src/compose.ts';
import { EMPTY_CONTEXT } from './linkedContext.ts';
import type { Guard } from '../guard.ts';

/**
 * The hop that what runs now belongs to. It travels in OpenTelemetry's context, beside the span.
 */
export interface HopContext {
  readonly hop: Hop;
  /** It is in another trace than its envelope says. */
  readonly isOwnTrace: boolean;
  /** The duration of its call to the runtime and the size of the reply, once the call has ended. */
  call?: { readonly durationMs: number; readonly sizeBytes: number | undefined };
  /** The queue of its last publish. */
  destination?: string;
}

/**
 * Processes a hop in its context: everything that belongs to the hop finds it there, also after
 * awaits.
 */
export function runInHopContext(
  guard: Guard,
  next: HopProcessor,
  outer: Context,
  current: HopContext,
): ReturnType<HopProcessor> {
  return callInContext(guard, outer.setValue(HOP, current), next, current.hop);
}

/** Processes a hop that has no trace: its log lines still have its ids. */
export function runUntraced(guard: Guard, next: HopProcessor, hop: Hop): ReturnType<HopProcessor> {
  return runInHopContext(guard, next, EMPTY_CONTEXT, { hop, isOwnTrace: false });
}

/**
 * Calls exactly once, in a context. If the context manager fails, the call is in the present
 * context.
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

export function hopIn(active: Context): HopContext | undefined {
  return active.getValue(HOP) as HopContext | undefined;
}

/** Whether what runs now belongs to a hop, or a call, that is not recorded: nothing below it is. */
export function isUnrecorded(active: Context): boolean {
  return trace.getSpan(active)?.isRecording() === false;
}

/** Puts the hop alone into the context, where no layer traces. */
export function followHops(guard: Guard): Layer<HopProcessor> {
  return (next) => (hop) => runUntraced(guard, next, hop);
}

/** Sets a context manager, without which contexts are lost at an await. An SDK brings its own. */
export function ensureContexts(guard: Guard): void {
  guard.attempt(() => {
    const isCarried = context.with(PROBE, () => context.active() === PROBE);
    if (!isCarried) context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  });
}

const HOP = createContextKey('asya.hop');
const PROBE = EMPTY_CONTEXT.setValue(HOP, undefined);
