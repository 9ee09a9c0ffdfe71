import type { Log } from '../src/log.ts';

/**
 * Catches the errors of one signal, so that telemetry never fails a hop. Reports only the first
 * error, because every hop may repeat it.
 */
export class Guard {
  readonly #report: (error: unknown) => void;
  #hasFailed = false;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Returns undefined if the call throws. */
  attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.reportOnce(error);
      return undefined;
    }
  }

  reportOnce(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    // Deferred, because the log itself may have failed.
    queueMicrotask(() => this.#reportFirst(error));
  }

  #reportFirst(error: unknown): void {
    try {
      this.#report(error);
    } catch {
      // The log has failed too.
    }
  }
}

/** A signal of OpenTelemetry; each fails independently of the others. */
export type Signal = 'traces' | 'metrics' | 'logs';

export function createGuard(signal: Signal, log: () => Log): Guard {
  return new Guard((error) => {
    log().warn({ err: error, part: signal }, 'telemetry failed; continuing without it');
  });
}
