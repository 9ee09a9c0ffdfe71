/** The arrivals at the ends that one source reports: how often each envelope arrived, by id. */
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
 * Merges the reports of several sources. For each envelope and end, the source that reports the
 * most arrivals counts, and the first one if several report the same number.
 */
export function mergeArrivals(sources: readonly Arrivals[]): Arrivals {
  const merged = createArrivals();
  for (const id of idsOf(sources.map(({ happy }) => happy))) {
    const times = Math.max(...sources.map(({ happy }) => happy.get(id) ?? 0));
    addArrival(merged, id, undefined, times);
  }
  const codes = sources.map(codesByEnvelope);
  for (const id of idsOf(codes)) {
    const longest = codes
      .map((byId) => byId.get(id) ?? [])
      .reduce((a, b) => (b.length > a.length ? b : a));
    for (const code of longest) addArrival(merged, id, code);
  }
  return merged;
}

/** The codes of an envelope's arrivals at error-end, one for each arrival. */
function codesByEnvelope({ errors }: Arrivals): Map<string, string[]> {
  const byEnvelope = new Map<string, string[]>();
  for (const [code, byId] of errors) {
    for (const [id, times] of byId) {
      const codes = byEnvelope.get(id) ?? [];
      byEnvelope.set(id, codes);
      for (let n = 0; n < times; n++) codes.push(code);
    }
  }
  return byEnvelope;
}

function idsOf(maps: readonly ReadonlyMap<string, unknown>[]): Set<string> {
  return new Set(maps.flatMap((map) => [...map.keys()]));
}

export function count(counts: Map<string, number>, key: string, times = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
