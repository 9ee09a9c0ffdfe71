import { deadlineExceeded, runtimeTimeout } from '../reply/failedReply.ts';
import type { LateCompletion, Reply, Request } from '../runtime.ts';

/**
 * The time limit of one call: its timeout, which starts when the limit is created, or the
 * envelope's deadline, a point in time, whichever is first.
 */
export interface TimeLimit {
  /** The time left, in milliseconds. Check it after each wait: no call is made without time left. */
  leftMs(): number;
  /**
   * Returns the reply of a call without time left.
   * @param lateCompletion of a call that the runtime still works on
   * @param hint the likely cause of a timeout, appended to its message
   */
  expired(lateCompletion?: Promise<LateCompletion>, hint?: string): Reply;
}

export function startTimeLimit({ timeoutMs, envelope }: Request): TimeLimit {
  const startedAtMs = performance.now();
  const { deadlineMs } = envelope.headers;
  const untilTimeoutMs = (): number => startedAtMs + timeoutMs - performance.now();
  const untilDeadlineMs = (): number =>
    deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
  return {
    leftMs: () => Math.min(untilTimeoutMs(), untilDeadlineMs()),
    expired: (lateCompletion, hint) =>
      untilDeadlineMs() < untilTimeoutMs()
        ? deadlineExceeded('the deadline passed during the call', lateCompletion)
        : runtimeTimeout(timeoutMs, lateCompletion, hint),
  };
}
