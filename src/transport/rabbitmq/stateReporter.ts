import type { TransportState } from '../transport.ts';

/** Combines the states of the adapter's parts into the state that the port reports. */
export interface StateReporter {
  readonly update: (changes: Partial<PartStates>) => void;
  /**
   * Sets or clears the problem of one queue or binding. The problem is a sentence that names it.
   */
  readonly setProblem: (label: string, problem: string | undefined) => void;
  /** Returns the reason of the last failure to connect, or loss of a connection, if any. */
  readonly disconnectReason: () => string | undefined;
}

interface PartStates {
  /** The connection that consumes is open. */
  readonly consuming: boolean;
  /** The connection that publishes is open. */
  readonly publishing: boolean;
  readonly blocked: boolean;
  /** The problems that the last check of the topology found; undefined before the first check. */
  readonly topology: readonly string[] | undefined;
  /** The last failure to connect, or the last loss of a connection. */
  readonly disconnect: TransportState['disconnect'];
}

/** Calls `onState` at once, and after each change of the combined state. */
export function createStateReporter(
  onState: (state: TransportState) => void,
  topology: readonly string[] | undefined,
): StateReporter {
  let parts: PartStates = {
    consuming: false,
    publishing: false,
    blocked: false,
    topology,
    disconnect: undefined,
  };
  const problems = new Map<string, string>();
  let lastReported = '';

  function report(): void {
    const { consuming, publishing, blocked, disconnect } = parts;
    const state: TransportState = {
      connected: consuming && publishing && parts.topology !== undefined,
      blocked,
      missing: [...new Set([...(parts.topology ?? []), ...problems.values()])],
      ...((consuming && publishing) || disconnect === undefined ? {} : { disconnect }),
    };
    const text = JSON.stringify(state);
    if (text === lastReported) return;
    lastReported = text;
    onState(state);
  }

  report();
  return {
    update: (changes) => {
      parts = { ...parts, ...changes };
      report();
    },
    setProblem: (label, problem) => {
      if (problem === undefined) problems.delete(label);
      else problems.set(label, problem);
      report();
    },
    disconnectReason: () => parts.disconnect?.reason,
  };
}
