import type { RateLimitSetting } from '../rateLimitSetting.ts';
import { formatDuration, parseDuration } from './duration.ts';

/** The limiter keeps the time of each start in the window, 8 bytes each. */
export const MAX_RATE_LIMIT_COUNT = 1_000_000;

/**
 * Parses a count and a duration in Go's format, such as `100/1m`. The window is rounded up to whole
 * milliseconds.
 * @returns undefined if the text is not a rate limit
 */
export function parseRateLimit(text: string): RateLimitSetting | undefined {
  const [, digits = '', duration = ''] = /^(\d+)\/(.+)$/.exec(text) ?? [];
  const count = Number(digits);
  const windowMs = Math.ceil(parseDuration(duration) ?? 0);
  const isValid = count >= 1 && count <= MAX_RATE_LIMIT_COUNT && windowMs >= 1;
  return isValid ? { count, windowMs } : undefined;
}

export function formatRateLimit({ count, windowMs }: RateLimitSetting): string {
  return `${count}/${formatDuration(windowMs)}`;
}
