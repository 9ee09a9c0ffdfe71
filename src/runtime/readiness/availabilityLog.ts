import { delayAfter } from '../../backoff.ts';
import type { Log } from '../../log.ts';
import type { RuntimeState } from '../runtime.ts';

/** Logs an absence of the runtime at once, again at growing intervals, and its end. */
export interface AvailabilityLog {
  /** Takes each change of the state. */
  report(state: RuntimeState): void;
  close(): void;
}

const INTERVALS = { minMs: 2_000, maxMs: 5 * 60_000, jitter: 0 };

interface Absence {
  readonly sinceMs: number;
  reason: string;
  lines: number;
  timer: NodeJS.Timeout | undefined;
}

export function createAvailabilityLog(socketPath: string, log: Log): AvailabilityLog {
  let absence: Absence | undefined;
  let hasReported = false;

  function begin(reason: string): void {
    absence = { sinceMs: performance.now(), reason, lines: 0, timer: undefined };
    write(absence);
  }

  function write(current: Absence): void {
    const { reason } = current;
    log.warn(
      { socketPath, reason, absentMs: elapsedMs(current) },
      'runtime unavailable; consuming paused',
    );
    current.lines++;
    current.timer = setTimeout(() => write(current), delayAfter(current.lines, INTERVALS)).unref();
  }

  function end(ended: Absence): void {
    clearTimeout(ended.timer);
    absence = undefined;
    log.info({ socketPath, absentMs: elapsedMs(ended) }, 'runtime available');
  }

  return {
    report(state) {
      if (!state.ready) {
        if (absence === undefined) begin(state.reason);
        else absence.reason = state.reason;
      } else if (absence !== undefined) end(absence);
      else if (!hasReported) log.info({ socketPath }, 'runtime available');
      hasReported = true;
    },
    close: () => clearTimeout(absence?.timer),
  };
}

function elapsedMs({ sinceMs }: Absence): number {
  return Math.round(performance.now() - sinceMs);
}
