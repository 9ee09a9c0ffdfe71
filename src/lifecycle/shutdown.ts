import type { Log } from '../log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export type StopSignal = (typeof SIGNALS)[number];

/** The stop signals that this process receives. */
export interface StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<StopSignal>;
  /** Registers a listener that is called at the second signal, before the process exits. */
  onSecond(listener: (signal: StopSignal) => void): void;
}

/**
 * Handles SIGTERM, SIGINT and SIGHUP. The first signal requests a graceful shutdown; the second one
 * exits at once with code 1.
 */
export function handleStopSignals(): StopSignals {
  const first = Promise.withResolvers<StopSignal>();
  const listeners: ((signal: StopSignal) => void)[] = [];
  let stopping = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping) {
        for (const listener of listeners) listener(signal);
        process.exit(1);
      }
      stopping = true;
      first.resolve(signal);
    });
  }
  return { first: first.promise, onSecond: (listener) => void listeners.push(listener) };
}

/** Logs an uncaught exception or unhandled rejection, and exits with code 1. */
export function exitOnUncaughtException(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    try {
      log.error({ err: error, origin }, 'uncaught exception; exiting');
    } finally {
      // Exit even if logging throws; an exception in this handler would change the exit code.
      process.exit(1);
    }
  });
}
