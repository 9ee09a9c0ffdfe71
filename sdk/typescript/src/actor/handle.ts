import type { Context } from './context.ts';

/**
 * The function of an actor. The returned value becomes the payload of the next envelope; an array,
 * or the values of a generator, become one envelope each. `null` and `undefined` end the route.
 *
 * The payload may be annotated with the type that the actor expects. The kit does not check it.
 */
export type Handle = Handlers['handle'];

/**
 * The function of an actor that handles many payloads at once. It returns an array with one result
 * for each payload, in order. Each result is what a `Handle` may return, or an `Error`, which fails
 * only its own payload.
 */
export type HandleBatch = Handlers['handleBatch'];

/** Methods, because their parameters may be annotated with a narrower type. */
interface Handlers {
  handle(payload: unknown, context: Context): unknown;
  handleBatch(payloads: unknown[], contexts: readonly Context[]): unknown;
}

/** The name of a function that handles batches. */
const BATCH_NAME = 'handleBatch';

/** Returns the function as the option of `serve` that its name selects. */
export function functionOptions(
  value: Handle | HandleBatch,
  name = value.name,
): { readonly handle: Handle } | { readonly handleBatch: HandleBatch } {
  return name === BATCH_NAME ? { handleBatch: value as HandleBatch } : { handle: value as Handle };
}
