import type { TransportState } from '../transport.ts';

/** Combines what the parts know into the state that the port reports. */
export interface Report {
  readonly set: (part: Partial<Parts>) => void;
  /** Sets or clears the problem of one queue or binding: a sentence that names it. */
  readonly setProblem: (object: string, problem: string | undefined) => void;
}

interface Parts {
  readonly consuming: boolean;
  readonly publishing: boolean;
  readonly blocked: boolean;
  /** The problems that the declarer found; undefined before its first look. */
  readonly topology: readonly string[] | undefined;
  /** Why the last connection could not be opened, or was lost. */
  readonly disconnect: TransportState['disconnect'];
}

/** Reports at once, and at each change. */
export function createReport(
  onState: (state: TransportState) => void,
  topology: readonly string[] | undefined,
): Report {
  let parts: Parts = {
    consuming: false,
    publishing: false,
    blocked: false,
    topology,
    disconnect: undefined,
  };
  const problems = new Map<string, string>();
  let last = '';

  function report(): void {
    const { consuming, publishing, blocked, disconnect } = parts;
    const state: TransportState = {
      connected: consuming && publishing && parts.topology !== undefined,
      blocked,
      missing: [...new Set([...(parts.topology ?? []), ...problems.values()])],
      ...((consuming && publishing) || disconnect === undefined ? {} : { disconnect }),
    };
    const text = JSON.stringify(state);
    if (text === last) return;
    last = text;
    onState(state);
  }

  report();
  return {
    set: (part) => {
      parts = { ...parts, ...part };
      report();
    },
    setProblem: (object, problem) => {
      if (problem === undefined) problems.delete(object);
      else problems.set(object, problem);
      report();
    },
  };
}
