/** The cumulative counts of a histogram, by the upper bound of their bucket in seconds. */
export type Buckets = ReadonlyMap<number, number>;

/** What the counters of sidecars count, since the start of the process or within some time. */
export interface Counts {
  /** Finished hops: neither retried nor given back. */
  readonly hops: number;
  /** Hops that ended in an error envelope. */
  readonly errors: number;
  /** Failed attempts that are retried. */
  readonly retries: number;
  /** Messages that were sent to other actors and ends, by destination. */
  readonly sent: ReadonlyMap<string, number>;
  readonly queueWait: Buckets;
  readonly runtime: Buckets;
}

export const NO_COUNTS: Counts = {
  hops: 0,
  errors: 0,
  retries: 0,
  sent: new Map(),
  queueWait: new Map(),
  runtime: new Map(),
};

export function addCounts(left: Counts, right: Counts): Counts {
  return combine(left, right, (a, b) => a + b);
}

/**
 * The increase between two readings of one process. A counter that has become smaller belongs to a
 * process that has restarted in between; the later reading is then the increase.
 */
export function increaseOf(earlier: Counts, later: Counts): Counts {
  return isRestarted(earlier, later) ? later : combine(later, earlier, (a, b) => a - b);
}

function isRestarted(earlier: Counts, later: Counts): boolean {
  return (
    later.hops < earlier.hops ||
    later.errors < earlier.errors ||
    later.retries < earlier.retries ||
    hasSmaller(earlier.sent, later.sent) ||
    hasSmaller(earlier.queueWait, later.queueWait) ||
    hasSmaller(earlier.runtime, later.runtime)
  );
}

function hasSmaller<K>(earlier: ReadonlyMap<K, number>, later: ReadonlyMap<K, number>): boolean {
  return [...earlier].some(([key, value]) => (later.get(key) ?? 0) < value);
}

type Operation = (left: number, right: number) => number;

function combine(left: Counts, right: Counts, operation: Operation): Counts {
  return {
    hops: operation(left.hops, right.hops),
    errors: operation(left.errors, right.errors),
    retries: operation(left.retries, right.retries),
    sent: combineMaps(left.sent, right.sent, operation),
    queueWait: combineMaps(left.queueWait, right.queueWait, operation),
    runtime: combineMaps(left.runtime, right.runtime, operation),
  };
}

/** A series that is absent has counted nothing yet. */
function combineMaps<K>(
  left: ReadonlyMap<K, number>,
  right: ReadonlyMap<K, number>,
  operation: Operation,
): ReadonlyMap<K, number> {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return new Map([...keys].map((key) => [key, operation(left.get(key) ?? 0, right.get(key) ?? 0)]));
}
