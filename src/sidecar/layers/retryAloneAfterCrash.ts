import type { Layer } from '../../compose.ts';
import type { FaultCode } from '../../faults.ts';
import type { Decide, Hop } from '../../hop/hop.ts';
import type { RetryPolicy } from '../../hop/retry.ts';
import { isSuspect } from './suspects.ts';

/** Whether a crash affects other messages in addition to the one that caused it. */
export interface Concurrency {
  /** The runtime has several calls at a time. */
  readonly inRuntime: boolean;
  /** The sidecar has several deliveries at a time. */
  readonly inSidecar: boolean;
  /** Calls are batches. */
  readonly inBatches: boolean;
}

/**
 * Makes the last attempt of a message alone, after a crash with several messages. A crashed runtime
 * ends every call in it, and a killed sidecar returns every delivery: nothing shows which message
 * was the cause. Earlier attempts stay concurrent, so that a runtime that the platform kills does
 * not serialize its calls.
 *
 * With batches, a message spends no attempt in a crash unless its call was the only one in the
 * runtime. Its attempt is repeated alone at once, and that call counts. Few messages are: those of
 * a batch of several are called again without a retry.
 */
export function retryAloneAfterCrash(
  concurrency: Concurrency,
  suspectThreshold: number,
  { maxAttempts }: RetryPolicy,
): Layer<Decide> {
  /**
   * The broker counts deliveries that a killed process had returned, so its count proves nothing.
   */
  const mayBeInnocent = (hop: Hop, code: FaultCode): boolean => {
    if (code === 'runtime_crashed') {
      return concurrency.inRuntime && !isSuspect(hop, suspectThreshold);
    }
    return code === 'redelivered_too_often' && concurrency.inSidecar && !hop.alone;
  };
  return (next) => async (hop) => {
    const outcome = await next(hop);
    if (outcome.kind !== 'retry' || outcome.deferral) return outcome;
    const { code } = outcome.fault;
    if (!mayBeInnocent(hop, code)) return outcome;
    if (code === 'runtime_crashed' && concurrency.inBatches) {
      return { ...outcome, deferral: true, alone: true };
    }
    return hop.attempt + 1 < maxAttempts ? outcome : { ...outcome, alone: true };
  };
}
