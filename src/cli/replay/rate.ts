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
/** This process holds a message while it waits for its turn; the broker limits that time. */
const MAX_INTERVAL_MS = 5 * MINUTE;

/**
 * Reads a rate such as `10/s`, `100/m` or `5/h`.
 * @throws {UsageError}
 */
export function readRate(text: string): Rate {
  const [, digits, unit = ''] = /^(\d{1,5})\/([smh])$/.exec(text) ?? [];
  const count = Number(digits);
  const windowMs = WINDOWS.get(unit) ?? 0;
  const isValid = count >= 1 && count <= MAX_COUNT && windowMs / count <= MAX_INTERVAL_MS;
  if (isValid && windowMs > 0) return { count, windowMs };
  const rule = `N/s, N/m or N/h with N up to ${MAX_COUNT}, and at least 12/h`;
  throw new UsageError(`--rate must be ${rule}, not "${text}"`);
}

/** The number of messages that may wait for their turn: those of about ten seconds. */
export function waitingAt({ count, windowMs }: Rate): number {
  return Math.ceil((10 * SECOND * count) / windowMs);
}
