import { handleStopSignals, type StopSignal } from '../../lifecycle/shutdown.ts';
import { SECOND } from '../../units.ts';
import { CommandError } from './exit.ts';

/** The time that a command gets to return unsettled messages and to report, after a signal. */
const STOP_TIMEOUT_MS = 2 * SECOND;

/** The reason that a command reports when a signal stopped it. */
export const STOPPED = 'stopped by a signal';

/**
 * Aborts at the first signal. A process that is still running two seconds later is ended by that
 * signal.
 */
export function stopAtSignal(): AbortSignal {
  const stop = new AbortController();
  void handleStopSignals().first.then((signal) => {
    stop.abort();
    setTimeout(() => endBySignal(signal), STOP_TIMEOUT_MS);
  });
  return stop.signal;
}

/**
 * Waits for work that a command may abandon when it is stopped.
 * @throws {CommandError} when the command is stopped before the work is done
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

/**
 * Waits until something is open. It is closed if the command is stopped before.
 * @throws {CommandError} when the command is stopped before it is open
 */
export async function openUntilStopped<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
  stopped: AbortSignal,
): Promise<T> {
  try {
    return await untilStopped(opening, stopped);
  } catch (error) {
    opening.then((opened) => opened.close()).catch(() => {}); // it may fail to open
    throw error;
  }
}

/** Ends the process. An ordinary exit would wait for a thread that a file operation blocks. */
function endBySignal(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(1); // PID 1 ignores a signal that it sends to itself
}
