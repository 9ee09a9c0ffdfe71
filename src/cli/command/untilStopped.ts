import { CommandError } from './command.ts';

/**
 * Waits for work that a command may leave behind when it is stopped.
 * @throws {CommandError} when the command is stopped first
 */
export async function untilStopped<T>(work: Promise<T>, stopped: AbortSignal): Promise<T> {
  const stop = Promise.withResolvers<never>();
  const onAbort = (): void => stop.reject(new CommandError(STOPPED));
  stopped.addEventListener('abort', onAbort, { once: true });
  if (stopped.aborted) onAbort();
  try {
    return await Promise.race([work, stop.promise]);
  } finally {
    stopped.removeEventListener('abort', onAbort);
  }
}

/** Why a command ends that a signal has stopped. */
export const STOPPED = 'stopped by a signal';
