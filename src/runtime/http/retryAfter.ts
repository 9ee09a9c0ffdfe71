import { SECOND } from '../../units.ts';

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/** The obsolete format of `asctime`: `Sun Nov  6 08:49:37 1994`, in UTC. */
const WITHOUT_ZONE = /:\d\d \d{4}$/;

/**
 * Parses a number of seconds or a date (RFC 9110, section 10.2.3) and returns milliseconds from
 * now; undefined if the text is neither.
 * @param nowMs milliseconds since the epoch
 */
export function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * SECOND;
  const date = WITHOUT_ZONE.test(text) ? `${text} GMT` : text;
  const time = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - nowMs);
}
