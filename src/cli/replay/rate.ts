import { HOUR, MINUTE, SECOND } from '../../units.ts';
import { UsageError } from '../command/exit.ts';

/** At most `count` publishes in any window of `windowMs` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

const WINDOWS: ReadonlyMap<string, number> = new Map([
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
]);

const MAX_COUNT = 10_000;

/**
 * Reads a rate such as `10/s`, `100/m` or `5/h`.
 * @throws {UsageError}
 */
export function readRate(text: string): Rate {
  const [, digits, unit = ''] = /^(\d{1,5})\/([smh])$/.exec(text) ?? [];
  const count = Number(digits);
  const windowMs = WINDOWS.get(unit);
  if (windowMs !== undefined && count >= 1 && count <= MAX_COUNT) return { count, windowMs };
  throw new UsageError(
    `--rate must be N/s, N/m or N/h with N from 1 to ${MAX_COUNT}, not "${text}"`,
  );
}
