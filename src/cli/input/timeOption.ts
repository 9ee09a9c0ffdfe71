import { parseDuration } from '../../config/formats/duration.ts';
import { parseDate } from '../../envelope/headers.ts';
import { HOUR } from '../../units.ts';
import { UsageError } from '../command/exit.ts';

const DAYS = /^(\d{1,6})d$/;

/**
 * Parses the value of an option as a point in time: an RFC 3339 date, or an age before `nowMs` such
 * as `90s`, `2h` or `3d`.
 * @param option with its dashes
 * @returns milliseconds since the epoch
 * @throws {UsageError}
 */
export function parseTimeOption(option: string, text: string, nowMs: number): number {
  const ageMs = parseAge(text);
  const timeMs = ageMs === undefined ? parseDate(text) : nowMs - ageMs;
  if (timeMs !== undefined) return timeMs;
  const rule = 'a time such as 2026-11-29T15:00:00Z, or an age such as 2h or 3d';
  throw new UsageError(`${option} must be ${rule}, not "${text}"`);
}

function parseAge(text: string): number | undefined {
  const [, days] = DAYS.exec(text) ?? [];
  const ageMs = days === undefined ? parseDuration(text) : Number(days) * 24 * HOUR;
  return ageMs !== undefined && ageMs >= 0 ? ageMs : undefined;
}
