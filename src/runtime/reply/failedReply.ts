import type { AbsenceCause, LateCompletion, Reply, Unanswered } from '../runtime.ts';

/** The runtime broke its protocol. `message` names the broken rule. */
export function replyInvalid(message: string): Unanswered {
  return { kind: 'failed', fault: { code: 'reply_invalid', message }, retryable: false };
}

/**
 * The reply exceeds the size limit.
 * @param hint the likely cause, appended to the message
 */
export function replyTooLarge(sizeBytes: number, maxBytes: number, hint = ''): Unanswered {
  const message = `the reply has ${sizeBytes} bytes, over the limit of ${maxBytes}${hint}`;
  return { kind: 'failed', fault: { code: 'reply_too_large', message }, retryable: false };
}

/** The connection to the runtime was lost during the call. */
export function runtimeCrashed(message: string): Unanswered {
  return { kind: 'failed', fault: { code: 'runtime_crashed', message }, retryable: false };
}

/**
 * The runtime did not reply in time.
 * @param lateCompletion of a call that the runtime still works on
 * @param hint the likely cause, appended to the message
 */
export function runtimeTimeout(
  timeoutMs: number,
  lateCompletion?: Promise<LateCompletion>,
  hint = '',
): Unanswered {
  const message = `the runtime did not reply within ${Math.round(timeoutMs)} ms${hint}`;
  const fault = { code: 'runtime_timeout', message } as const;
  return { kind: 'failed', fault, retryable: false, ...optionally(lateCompletion) };
}

/**
 * The envelope's deadline passed before the reply.
 * @param lateCompletion of a call that the runtime still works on
 */
export function deadlineExceeded(
  message: string,
  lateCompletion?: Promise<LateCompletion>,
): Unanswered {
  const fault = { code: 'deadline_exceeded', message } as const;
  return { kind: 'failed', fault, retryable: false, ...optionally(lateCompletion) };
}

/** The message is given back. */
export function absent(reason: string, cause?: AbsenceCause): Unanswered {
  return { kind: 'absent', reason, ...(cause === undefined ? {} : { cause }) };
}

/** The end of a call that has timed out and that the runtime still works on. */
export function lateCompletionOf(reply: Reply | undefined): Promise<LateCompletion> | undefined {
  return reply?.kind === 'failed' ? reply.lateCompletion : undefined;
}

function optionally(lateCompletion: Promise<LateCompletion> | undefined): {
  lateCompletion?: Promise<LateCompletion>;
} {
  return lateCompletion === undefined ? {} : { lateCompletion };
}
