/** Arrivals at the ends that one source knows, by envelope id. */
export interface Arrivals {
  readonly happy: Map<string, number>;
  /** By fault code. */
  readonly errors: Map<string, Map<string, number>>;
}

export function createArrivals(): Arrivals {
  return { happy: new Map(), errors: new Map() };
}

/** @param code undefined at happy-end */
export function addArrival(
  { happy, errors }: Arrivals,
  id: string,
  code: string | undefined,
  times = 1,
): void {
  if (code === undefined) return count(happy, id, times);
  const byId = errors.get(code) ?? new Map<string, number>();
  errors.set(code, byId);
  count(byId, id, times);
}

/**
 * For each envelope and end, the arrivals that the source with the most of them knows; the first
 * one of equals.
 */
export function mergeArrivals(sources: readonly Arrivals[]): Arrivals {
  const merged = createArrivals();
  const failures = sources.map(failuresById);
  for (const id of idsOf(sources.map(({ happy }) => happy))) {
    addArrival(merged, id, undefined, Math.max(...sources.map(({ happy }) => happy.get(id) ?? 0)));
  }
  for (const id of idsOf(failures)) {
    const most = failures
      .map((byId) => byId.get(id) ?? [])
      .reduce((a, b) => (b.length > a.length ? b : a));
    for (const code of most) addArrival(merged, id, code);
  }
  return merged;
}

/** The codes of all arrivals at error-end. */
function failuresById({ errors }: Arrivals): Map<string, string[]> {
  const byId = new Map<string, string[]>();
  for (const [code, times] of errors) {
    for (const [id, arrivals] of times) {
      const codes = byId.get(id) ?? [];
      byId.set(id, codes);
      for (let n = 0; n < arrivals; n++) codes.push(code);
    }
  }
  return byId;
}

function idsOf(maps: readonly ReadonlyMap<string, unknown>[]): Set<string> {
  return new Set(maps.flatMap((map) => [...map.keys()]));
}

export function count(counts: Map<string, number>, key: string, times = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
