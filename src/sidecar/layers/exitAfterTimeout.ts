import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Layer } from '../../compose.ts';
import { LeftUnsettledError, type HopProcessor } from '../../hop/hop.ts';
import type { RuntimeClientLayer } from '../../runtime/runtime.ts';

/**
 * Ends the process with exit code 1 after a call that timed out, once its message is settled. For
 * runtimes that do not recover from a hanging call, on platforms that restart the runtime together
 * with the sidecar.
 */
export function exitAfterTimeout(exit: (code: number) => void): Layer<HopProcessor> {
  return (next) => async (hop) => {
    const settled = await next(hop);
    if (settled.fault?.code === 'runtime_timeout') exit(1);
    return settled;
  };
}

/**
 * Ends the process after the call of a batch of several timed out. Nothing shows which message was
 * the cause, so that their deliveries are left unsettled: after several of them, each message is
 * processed alone.
 */
export function exitAfterBatchTimeout(exit: (code: number) => void): RuntimeClientLayer {
  return (next) => ({
    async send(call) {
      const reply = await next.send(call);
      const { length } = call.requests;
      if (length === 1 || reply.kind !== 'failed' || reply.fault.code !== 'runtime_timeout') {
        return reply;
      }
      exit(1);
      // The shutdown begins first, so that no call that waits receives the slot.
      await nextTurn();
      throw new LeftUnsettledError(`the call of a batch of ${length} timed out`);
    },
    close: () => next.close(),
  });
}
