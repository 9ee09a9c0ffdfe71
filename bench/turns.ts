import type { Worker } from './worker.ts';

/** Something of the limit, and the same of what is held against it. */
export type Sides<T> = Readonly<Record<'limit' | 'sidecar', T>>;

/**
 * The broker tidies up after so many bytes, behind one of them: with large messages each second or
 * fourth time is slow. The Thue–Morse sequence has each side come equally often at each place of a
 * cycle of two or four.
 */
const ORDER = [
  'limit',
  'sidecar',
  'sidecar',
  'limit',
  'sidecar',
  'limit',
  'limit',
  'sidecar',
] as const;

/** Both sides take turns; in each a side works four times. */
export async function takeTurns<T>(
  count: number,
  workers: Sides<Worker>,
  work: (worker: Worker) => Promise<T>,
): Promise<Sides<readonly T[][]>> {
  const done = { limit: [] as T[][], sidecar: [] as T[][] };
  for (let turn = 0; turn < count; turn++) {
    for (const side of ORDER) (done[side][turn] ??= []).push(await work(workers[side]));
  }
  return done;
}

/** Something of each turn of each side. */
export function ofEach<T, V>(
  turns: Sides<readonly T[]>,
  valueOf: (turn: T) => V,
): Sides<readonly V[]> {
  return {
    limit: turns.limit.map((turn) => valueOf(turn)),
    sidecar: turns.sidecar.map((turn) => valueOf(turn)),
  };
}
