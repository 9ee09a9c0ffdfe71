import { context, createContextKey, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Hop, Layer, Work } from '../src/hop.ts';
import { NOTHING } from './frame.ts';

/** The hop that what runs now belongs to. It travels in OpenTelemetry's context, beside the span. */
export interface Current {
  readonly hop: Hop;
  /** It is in another trace than its envelope says. */
  readonly isOwnTrace: boolean;
  /** What its call took and brought, once it has ended. */
  call?: { readonly durationMs: number; readonly sizeBytes: number | undefined };
}

/** Goes on with a hop in its context: everything that belongs to it finds it there, also after awaits. */
export function goOn(next: Work, outer: Context, current: Current): ReturnType<Work> {
  return context.with(outer.setValue(HOP, current), next, undefined, current.hop);
}

export function hopIn(active: Context): Current | undefined {
  return active.getValue(HOP) as Current | undefined;
}

/** Whether what runs now belongs to a hop, or a call, that is not recorded: nothing below it is. */
export function isUnrecorded(active: Context): boolean {
  return trace.getSpan(active)?.isRecording() === false;
}

/** Notes the hop where nobody traces, who would have: nothing else is in the context of a hop then. */
export function followHops(): Layer<Work> {
  return (next) => (hop) => goOn(next, NOTHING, { hop, isOwnTrace: false });
}

/** Contexts follow what is asynchronous only where somebody sees to it: an SDK does, and without one this does. */
export function ensureContexts(): void {
  const isCarried = context.with(PROBE, () => context.active() === PROBE);
  if (!isCarried) context.setGlobalContextManager(new AsyncLocalStorageContextManager());
}

const HOP = createContextKey('asya.hop');
const PROBE = NOTHING.setValue(HOP, undefined);
