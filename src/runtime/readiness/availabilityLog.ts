import { delayAfter, type Backoff } from '../../backoff.ts';
import type { Log } from '../../log.ts';
import { MINUTE, SECOND } from '../../units.ts';
import type { RuntimeState } from '../runtime.ts';
import { logFieldsOf, type Endpoint } from '../socket/endpoint.ts';

/**
 * Logs when the runtime becomes unavailable, again at growing intervals, and when it is available
 * again.
 */
export interface AvailabilityLog {
  /** Called with each state. */
  report(state: RuntimeState): void;
  close(): void;
}

const INTERVALS: Backoff = { minMs: 2 * SECOND, maxMs: 5 * MINUTE, jitter: 0 };

interface Absence {
  readonly sinceMs: number;
  reason: string;
  loggedLines: number;
  timer: NodeJS.Timeout | undefined;
}

export function createAvailabilityLog(endpoint: Endpoint, log: Log): AvailabilityLog {
  const fields = logFieldsOf(endpoint);
  let absence: Absence | undefined;
  let hasReported = false;

  function begin(reason: string): void {
    absence = { sinceMs: performance.now(), reason, loggedLines: 0, timer: undefined };
    logAbsence(absence);
  }

  function logAbsence(current: Absence): void {
    const { reason } = current;
    log.warn(
      { ...fields, reason, absentMs: elapsedMs(current) },
      'runtime unavailable; consuming paused',
    );
    const delayMs = delayAfter(++current.loggedLines, INTERVALS);
    current.timer = setTimeout(() => logAbsence(current), delayMs).unref();
  }

  function end(ended: Absence): void {
    clearTimeout(ended.timer);
    absence = undefined;
    log.info({ ...fields, absentMs: elapsedMs(ended) }, 'runtime available');
  }

  return {
    report(state) {
      if (!state.ready) {
        if (absence === undefined) begin(state.reason);
        else absence.reason = state.reason;
      } else if (absence !== undefined) end(absence);
      else if (!hasReported) log.info(fields, 'runtime available');
      hasReported = true;
    },
    close: () => clearTimeout(absence?.timer),
  };
}

function elapsedMs({ sinceMs }: Absence): number {
  return Math.round(performance.now() - sinceMs);
}
