import { context, type Context } from '@opentelemetry/api';
import type { Guard } from '../guard.ts';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A publish while the instrumentation handles it. */
interface Passage {
  readonly confirmed: Method | undefined;
  hasBegun: boolean;
  returned?: { readonly value: unknown };
}

/** The two wrappers of `publish` that the instrumentation runs between. */
interface GuardedPublish {
  /** Replaces the original, and is wrapped by the instrumentation. */
  readonly inner: Method;
  /** Wraps the instrumented method. */
  readonly outer: (traced: Method) => Method;
}

/**
 * Publishes exactly once, even if the instrumentation throws: before the publish, where it starts a
 * span and injects its context, or at the confirm, where it ends the span.
 * @param isTraced whether a publish in this context gets a span
 */
export function guardPublish(
  guard: Guard,
  original: Method,
  isTraced: (active: Context) => boolean,
): GuardedPublish {
  // Both wrappers run in the same synchronous call.
  let pending: Passage | undefined;

  const inner: Method = function inner(...args) {
    const passage = pending;
    pending = undefined;
    return passage === undefined
      ? original.apply(this, args)
      : publishOnce.call(this, guard, original, passage, args);
  };

  const outer = (traced: Method): Method =>
    function publish(...args) {
      if (guard.attempt(() => isTraced(context.active())) !== true) {
        return original.apply(this, args);
      }
      const [exchange, routingKey, content, options, confirmed] = args;
      const passage: Passage = { confirmed: confirmed as Method | undefined, hasBegun: false };
      pending = passage;
      try {
        return traced.call(this, exchange, routingKey, content, options);
      } catch (error) {
        if (passage.hasBegun && passage.returned === undefined) throw error;
        guard.reportOnce(error);
        return passage.returned === undefined ? original.apply(this, args) : passage.returned.value;
      } finally {
        pending = undefined;
      }
    };

  return { inner, outer };
}

function publishOnce(
  this: unknown,
  guard: Guard,
  original: Method,
  passage: Passage,
  args: readonly unknown[],
): unknown {
  passage.hasBegun = true;
  const [exchange, routingKey, content, options, onConfirm] = args;
  const confirmed =
    typeof onConfirm === 'function' ? guardConfirm(guard, onConfirm as Method, passage) : onConfirm;
  const value = original.call(this, exchange, routingKey, content, options, confirmed);
  passage.returned = { value };
  return value;
}

/** Calls the instrumentation's listener for the confirm first, then the publisher's. */
function guardConfirm(guard: Guard, onConfirm: Method, { confirmed }: Passage): Method {
  return function confirm(...result) {
    guard.attempt(() => onConfirm.apply(this, result));
    confirmed?.apply(this, result);
  };
}
