import { absent } from '../reply/failedReply.ts';
import type { AbsenceCause, RuntimeLayer, RuntimeState } from '../runtime.ts';
import { BatchCalls } from './batchCalls.ts';
import type { Calls, CallsOptions } from './calls.ts';
import { SingleCalls } from './singleCalls.ts';

/** Where requests wait for slots and gather into batches. */
export interface BatchRoom {
  /** Gives each request its slot, and its batch if calls are batches. */
  readonly layer: RuntimeLayer;
  /** Ends all waits as absent. Running calls continue. */
  rejectWaiting(reason: string, cause?: AbsenceCause): void;
  /** Reports whether the runtime can be called. */
  setState(state: RuntimeState): void;
}

export function createBatchRoom(options: CallsOptions): BatchRoom {
  const calls: Calls = options.limits.size > 1 ? new BatchCalls(options) : new SingleCalls(options);
  const rejectWaiting = (reason: string, cause?: AbsenceCause): void =>
    calls.rejectWaiting(absent(reason, cause), cause);
  return {
    layer: (next) => ({
      call: (request) => calls.call(next, request),
      close() {
        rejectWaiting('the sidecar has closed its connections to the runtime', 'draining');
        return next.close();
      },
    }),
    rejectWaiting,
    setState: (state) => calls.setState(state),
  };
}
