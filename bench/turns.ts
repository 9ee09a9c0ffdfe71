import type { Worker } from './worker.ts';

/** Something of the limit, and the same of what is held against it. */
export type Sides<T> = Readonly<Record<'limit' | 'sidecar', T>>;

/** What a side did in one turn: it works twice. */
export type Twice<T> = readonly T[];

/**
 * The broker tidies up later, so that what follows something quick is slow: one after the other, one side would always
 * come at the wrong moment.
 */
const ORDER = ['limit', 'sidecar', 'sidecar', 'limit'] as const;

/** Both sides take turns. */
export async function takeTurns<T>(
  count: number,
  workers: Sides<Worker>,
  work: (worker: Worker) => Promise<T>,
): Promise<Sides<readonly Twice<T>[]>> {
  const done = { limit: [] as T[][], sidecar: [] as T[][] };
  for (let turn = 0; turn < count; turn++) {
    for (const side of ORDER) (done[side][turn] ??= []).push(await work(workers[side]));
  }
  return done;
}

/** Something of each turn of each side. */
export function ofEach<T, V>(turns: Sides<readonly T[]>, valueOf: (turn: T) => V): Sides<readonly V[]> {
  return {
    limit: turns.limit.map((turn) => valueOf(turn)),
    sidecar: turns.sidecar.map((turn) => valueOf(turn)),
  };
}
