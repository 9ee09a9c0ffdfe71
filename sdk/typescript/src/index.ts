/**
 * Runtime kit for Asya actors: serves a function to the sidecar, over the protocols `payload`,
 * `http` and `envelope`.
 *
 *     import { serve } from '@asya/runtime';
 *
 *     await serve(async (payload: { text: string }) => ({ words: payload.text.split(' ').length }));
 */
export type { Context } from './actor/context.ts';
export type { ErrorObject } from './actor/errorObject.ts';
export type { Handle, HandleBatch } from './actor/handle.ts';
export { Reject } from './actor/reject.ts';
export { Retry, type RetryOptions } from './actor/retry.ts';
export { serve, type Runtime } from './serve.ts';
export type { ServeOptions } from './settings.ts';
export { StartError } from './startError.ts';
export { call, callBatch, type CallResult, type ContextFields } from './testing/call.ts';
