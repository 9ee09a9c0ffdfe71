/** A deterministic random number generator. */
export interface Random {
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number;
  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** @param seed an integer, of which the lower 32 bits are used */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  /** Mulberry32, by Tommy Ettinger (public domain). */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    pick: (items) => items[below(items.length)] ?? items[0],
    shuffled: (items) => {
      const keys = items.map((item) => ({ item, key: next() }));
      return keys.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
    },
  };
}
