import { parseDuration } from '../../config/formats/duration.ts';
import { UsageError } from '../command/exit.ts';

/** The longest delay of a timer, in milliseconds. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Parses the value of an option as a duration of at least a millisecond, such as `30s`.
 * @param option with its dashes
 * @returns milliseconds; undefined if the option is absent
 * @throws {UsageError}
 */
export function parseDurationOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= 1 && durationMs <= MAX_MS) return durationMs;
  throw new UsageError(
    `${option} must be a duration from 1ms to 24 days, such as 30s, not "${text}"`,
  );
}
