import { constants } from 'node:os';
import { inspect } from 'node:util';
import type { Log } from './log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface Startable {
  start(): Promise<void>;
  /** Returns the number of calls that were cut off. */
  stop(): Promise<number>;
}

/**
 * Starts a runtime, and ends its process in an orderly way. SIGTERM and SIGINT stop the runtime,
 * then exit with 0, or with 1 if a call was cut off; a second signal exits at once. A promise that
 * an actor has neither awaited nor caught is logged when it rejects, so that it does not end the
 * calls of others. Other uncaught errors end the process, as in any Node program.
 */
export async function startWithSignals(runtime: Startable, log: Log): Promise<void> {
  const stop = stopOnce(runtime, log);
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    // PID 1 of a container ignores SIGTERM unless it has a handler, also while the actor loads.
    await runtime.start();
  } catch (error) {
    for (const signal of SIGNALS) process.off(signal, stop);
    throw error;
  }
  process.on('unhandledRejection', (error) => {
    log('error', 'unhandled rejection', { err: inspect(error) });
  });
}

/** Returns a handler that exits after the running calls, or at once when it is called again. */
function stopOnce(runtime: Startable, log: Log): NodeJS.SignalsListener {
  let isClosing = false;
  return (signal) => {
    if (isClosing) {
      log('warn', 'runtime ended by a second signal', { signal });
      process.exit(128 + constants.signals[signal]);
    }
    isClosing = true;
    log('info', 'runtime stopping', { signal });
    runtime.stop().then(
      (unfinished) => process.exit(unfinished === 0 ? 0 : 1),
      (error: unknown) => exitAfter(error, log),
    );
  };
}

function exitAfter(error: unknown, log: Log): never {
  log('error', 'stop failed', { err: inspect(error) });
  process.exit(1);
}
