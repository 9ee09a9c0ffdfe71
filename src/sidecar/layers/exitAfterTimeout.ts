import type { Layer } from '../../compose.ts';
import type { HopProcessor } from '../../hop/hop.ts';

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
