import type { Log } from '../src/log.ts';

/**
 * Calls one part of telemetry. A call that throws counts as absent, since telemetry must never fail
 * a hop. The first failure is reported, the later ones are not: they may come with every hop.
 */
export class Guard {
  readonly #report: (error: unknown) => void;
  #hasFailed = false;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** @returns undefined after a failure */
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
    // Afterwards, since the log itself may be what has failed.
    queueMicrotask(() => this.#reportFirst(error));
  }

  #reportFirst(error: unknown): void {
    try {
      this.#report(error);
    } catch {
      // The log does not work either.
    }
  }
}

/** What can fail without the others. */
export type Signal = 'traces' | 'metrics' | 'logs';

export function createGuard(part: Signal, log: () => Log): Guard {
  return new Guard((error) => {
    log().warn(
      { err: error, part },
      'telemetry failed; messages are processed without this part of it',
    );
  });
}
