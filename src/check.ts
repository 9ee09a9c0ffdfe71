import { messageOf } from './faults.ts';

/** The result of one check of `asya-sidecar check --connect`. */
export interface CheckResult extends Finding {
  /** The subject of the check: `login`, `queue asya-infer`. */
  readonly check: string;
}

/**
 * The status of a checked object.
 * - `warning`: the sidecar works, but not as the project recommends.
 * - `missing`: the object does not exist yet; the sidecar creates it.
 * - `not checked`: the object cannot be checked without changing something.
 */
export interface Finding {
  readonly result: 'ok' | 'warning' | 'failed' | 'missing' | 'not checked';
  /** One line. */
  readonly detail: string;
}

export function ok(detail: string): Finding {
  return { result: 'ok', detail };
}

export function warning(detail: string): Finding {
  return { result: 'warning', detail };
}

export function failed(detail: string): Finding {
  return { result: 'failed', detail };
}

export function missing(detail: string): Finding {
  return { result: 'missing', detail };
}

export function notChecked(detail: string): Finding {
  return { result: 'not checked', detail };
}

/**
 * Runs one check. It has failed if `find` rejects, or if `limit` aborts first; checks after that
 * are not run.
 * @param describe returns the detail of an error
 */
export async function runCheck(
  check: string,
  find: () => Promise<Finding>,
  limit: AbortSignal,
  describe: (error: unknown) => string = messageOf,
): Promise<CheckResult> {
  if (limit.aborted) return { check, ...notChecked('the time limit is over') };
  try {
    return { check, ...(await untilAborted(find, limit)) };
  } catch (error) {
    return { check, ...failed(describe(error)) };
  }
}

/** Settles like `work`, or rejects with the reason of the signal when it aborts first. */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
