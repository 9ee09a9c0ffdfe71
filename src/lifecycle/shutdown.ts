import type { Log } from '../log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export type StopSignal = (typeof SIGNALS)[number];

/** The signals that stop this process. */
export interface StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<StopSignal>;
  /** Calls back at the second signal, before the process exits. */
  onSecond(listener: (signal: StopSignal) => void): void;
}

/**
 * Catches SIGTERM, SIGINT and SIGHUP from now on. The first one asks for an orderly stop; the
 * second one ends the process at once, with exit code 1.
 */
export function catchSignals(): StopSignals {
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

/**
 * An uncaught exception or rejection is a fault of this program: one line in the log, exit code 1.
 */
export function exitOnFault(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    try {
      log.error({ err: error, origin }, 'uncaught exception; exiting');
    } finally {
      // Also when the error cannot be printed: an exception here would end the process with another
      // exit code.
      process.exit(1);
    }
  });
}
