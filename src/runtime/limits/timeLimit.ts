import { overdue, timedOut } from '../reply/failure.ts';
import type { LateEnd, Reply, Request } from '../runtime.ts';

/**
 * When a call ends unanswered: after its time-out, which begins now, or at the envelope's deadline,
 * a point in time.
 */
export interface TimeLimit {
  /**
   * In milliseconds. The sidecar asks again after each wait, since no call is made without time
   * left.
   */
  leftMs(): number;
  /**
   * What is replied when no time is left; `goesOn` is the end of a call that the runtime still
   * works on, `hint` the likely cause of a time-out.
   */
  expired(goesOn?: Promise<LateEnd>, hint?: string): Reply;
}

export function startTimeLimit({ timeoutMs, envelope }: Request): TimeLimit {
  const startedAtMs = performance.now();
  const { deadlineMs } = envelope.headers;
  const untilTimeoutMs = (): number => startedAtMs + timeoutMs - performance.now();
  const untilDeadlineMs = (): number =>
    deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
  return {
    leftMs: () => Math.min(untilTimeoutMs(), untilDeadlineMs()),
    expired: (goesOn, hint) =>
      untilDeadlineMs() < untilTimeoutMs()
        ? overdue('the deadline passed during the call', goesOn)
        : timedOut(timeoutMs, goesOn, hint),
  };
}
