import type { Actor, SidecarState } from '../../../src/cli/ui/pipeline/contract.ts';

/** Whether the sidecars of an actor can work. */
export interface Readiness {
  /**
   * - `ready`: all sidecars are
   * - `partly`: some sidecars are
   * - `not_ready`: at least one reports that it is not, and none that it is
   * - `silent`: no sidecar answers
   * - `unknown`: this page follows no sidecar of the actor, or has not read one yet
   */
  readonly kind: 'ready' | 'partly' | 'not_ready' | 'silent' | 'unknown';
  /** `Ready`, `2 of 3 ready` */
  readonly text: string;
  /** The first problem of the sidecars that are not ready. */
  readonly reason?: string;
}

export function readinessOf({ sidecars }: Pick<Actor, 'sidecars'>): Readiness {
  if (sidecars.length === 0) return { kind: 'unknown', text: 'No sidecar followed' };
  const read = sidecars.filter((sidecar) => !isUnread(sidecar));
  if (read.length === 0) return { kind: 'unknown', text: 'Not read yet' };
  return readinessOfRead(read);
}

/** Whether the server has not ended its first reading of the sidecar. */
export function isUnread({ isReady, problems }: SidecarState): boolean {
  return isReady === undefined && problems.length === 0;
}

function readinessOfRead(sidecars: readonly SidecarState[]): Readiness {
  const ready = sidecars.filter(({ isReady }) => isReady === true).length;
  const count = sidecars.length;
  if (ready === count) return { kind: 'ready', text: count === 1 ? 'Ready' : `${count} ready` };
  const reason = firstProblem(sidecars);
  const withReason = reason === undefined ? {} : { reason };
  if (ready > 0) return { kind: 'partly', text: `${ready} of ${count} ready`, ...withReason };
  return sidecars.every(({ isReady }) => isReady === undefined)
    ? { kind: 'silent', text: 'No answer', ...withReason }
    : { kind: 'not_ready', text: 'Not ready', ...withReason };
}

/** A sidecar that reports a problem is a better source than one that does not answer. */
function firstProblem(sidecars: readonly SidecarState[]): string | undefined {
  const unready = sidecars.filter(({ isReady }) => isReady === false);
  const silent = sidecars.filter(({ isReady }) => isReady === undefined);
  return [...unready, ...silent].flatMap(({ problems }) => problems)[0];
}
