import { deadlineExceeded, runtimeTimeout } from '../reply/failedReply.ts';
import type {
  Call,
  CallReply,
  LateCompletion,
  RuntimeClientLayer,
  Unanswered,
} from '../runtime.ts';

/**
 * The time limit of one call: its timeout, which starts when the limit is created, or its deadline,
 * a point in time, whichever is first.
 */
export interface TimeLimit {
  /** The time left, in milliseconds. Check it after each wait, before the call is made. */
  leftMs(): number;
  /**
   * Returns the reply of a call without time left.
   * @param lateCompletion of a call that the runtime still works on
   * @param hint the likely cause of a timeout, appended to its message
   */
  expired(lateCompletion?: Promise<LateCompletion>, hint?: string): Unanswered;
}

export function startTimeLimit({
  timeoutMs,
  deadlineMs,
}: Pick<Call, 'timeoutMs' | 'deadlineMs'>): TimeLimit {
  const startedAtMs = performance.now();
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

/**
 * Creates a layer that ends a call at its timeout as `runtime_timeout`, and at its deadline as
 * `deadline_exceeded`. A late reply is dropped.
 * @param hintOf returns the likely cause of a timeout, appended to its message
 */
export function limitTime(hintOf = (): string => ''): RuntimeClientLayer {
  return (next) => ({
    send(call) {
      const limit = startTimeLimit(call);
      const reply = next.send(call);
      return new Promise((resolve, reject) => {
        const expire = (): void => {
          const lateCompletion = reply.then(lateCompletionOf, (): LateCompletion => 'closed');
          resolve(limit.expired(lateCompletion, hintOf()));
        };
        const timer = setTimeout(expire, Math.min(limit.leftMs(), MAX_TIMER_MS));
        void reply.then(resolve, reject).then(() => clearTimeout(timer));
      });
    },
    close: () => next.close(),
  });
}

function lateCompletionOf(reply: CallReply): LateCompletion {
  if (reply.kind === 'absent') return 'closed';
  return reply.kind === 'failed' && UNANSWERED.has(reply.fault.code) ? 'closed' : 'answered';
}

/** The faults of calls without a reply. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'runtime_crashed',
  'runtime_timeout',
  'deadline_exceeded',
]);

/** The longest delay of a Node timer: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;
