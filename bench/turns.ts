import type { Worker } from './worker.ts';

/** A value of the limit and one of the sidecar. */
export type Sides<T> = Readonly<Record<'limit' | 'sidecar', T>>;

/**
 * The broker truncates its log after a number of bytes, so that with large messages every second or
 * fourth run is slow. In the Thue–Morse sequence each side has every position of a cycle of two or
 * four equally often.
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

/** Runs both sides in turns. In each turn, a side runs four times. */
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

/** Maps the turns of each side. */
export function mapTurns<T, V>(
  turns: Sides<readonly T[]>,
  valueOf: (turn: T) => V,
): Sides<readonly V[]> {
  return {
    limit: turns.limit.map((turn) => valueOf(turn)),
    sidecar: turns.sidecar.map((turn) => valueOf(turn)),
  };
}
