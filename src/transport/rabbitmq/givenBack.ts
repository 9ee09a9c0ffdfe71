/**
 * What this process has given back, by message id: the broker counts a requeue as a delivery that failed, and we
 * do not.
 */
export interface GivenBack {
  readonly add: (id: string | undefined) => void;
  readonly countOf: (id: string | undefined) => number;
  readonly forget: (id: string | undefined) => void;
}

const MAX_REMEMBERED = 10_000;

export function createGivenBack(): GivenBack {
  const counts = new Map<string, number>();
  return {
    add: (id) => {
      if (id === undefined) return;
      const count = (counts.get(id) ?? 0) + 1;
      // The newest stands last.
      counts.delete(id);
      counts.set(id, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_REMEMBERED && oldest !== undefined) counts.delete(oldest);
    },
    countOf: (id) => (id === undefined ? 0 : (counts.get(id) ?? 0)),
    forget: (id) => {
      // To look a fresh text up is not free: V8 first looks for it among all strings of the process.
      if (id !== undefined && counts.size > 0) counts.delete(id);
    },
  };
}
