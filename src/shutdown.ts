import type { Log } from './log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export type StopSignal = (typeof SIGNALS)[number];

/**
 * Resolves at the first SIGTERM or SIGINT. A second one ends the process at once, with exit code 1: whoever sends
 * it does not want to wait.
 */
export function firstSignal(log: Log): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (stopping) {
          log.warn({ signal }, 'a second signal: the process ends at once');
          process.exit(1);
        }
        stopping = true;
        resolve(signal);
      });
    }
  });
}

/** What nobody caught is a fault of this program: one line in the log, exit code 1. Rejections are among it. */
export function exitOnFault(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.error({ err: error, origin }, 'a fault that nobody caught: the process ends');
    process.exit(1);
  });
}
