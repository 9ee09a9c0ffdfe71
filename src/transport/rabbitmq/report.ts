import type { TransportState } from '../transport.ts';

/** What the parts know, put together to what the port reports. */
export interface Report {
  readonly set: (part: Partial<Parts>) => void;
  /** A queue that is to be consumed is missing, or is not any more. */
  readonly setMissing: (queue: string, missing: boolean) => void;
}

interface Parts {
  readonly consuming: boolean;
  readonly publishing: boolean;
  readonly blocked: boolean;
  /** What the declarer misses; undefined before it has looked. */
  readonly undeclared: readonly string[] | undefined;
}

/** Reports at once, and at each change. */
export function createReport(
  onState: (state: TransportState) => void,
  undeclared: readonly string[] | undefined,
): Report {
  let parts: Parts = { consuming: false, publishing: false, blocked: false, undeclared };
  const missingQueues = new Set<string>();
  let last = '';

  function report(): void {
    const { consuming, publishing, blocked } = parts;
    const sentences = [...missingQueues].map((queue) => `queue "${queue}" does not exist`);
    const state: TransportState = {
      connected: consuming && publishing && parts.undeclared !== undefined,
      blocked,
      missing: [...new Set([...(parts.undeclared ?? []), ...sentences])],
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
    setMissing: (queue, missing) => {
      if (missing) missingQueues.add(queue);
      else missingQueues.delete(queue);
      report();
    },
  };
}
