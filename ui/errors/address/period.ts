import type { ErrorFilter } from '../../../src/cli/ui/errors/contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The periods that the filter offers, each as an age before the look. */
export const QUICK_PERIODS: readonly (readonly [age: string, label: string])[] = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
];

const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', MINUTE],
  ['h', HOUR],
  ['d', DAY],
]);

/**
 * Replaces an age by a time. Ages count from the look, so that all requests for one look agree.
 * @param asOf RFC 3339; the time of the look
 */
export function resolveAge(filter: ErrorFilter, asOf: string): ErrorFilter {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(filter.since ?? '') ?? [];
  const unitMs = UNITS.get(unit);
  if (count === undefined || unitMs === undefined) return filter;
  const sinceMs = Date.parse(asOf) - Number(count) * unitMs;
  return { ...filter, since: new Date(sinceMs).toISOString() };
}

/** The value of a `datetime-local` input, in the time zone of the browser, for an RFC 3339 time. */
export function toLocalInput(time: string | undefined): string {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '';
  const local = new Date(date.getTime() - date.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
}

/** The RFC 3339 time of the value of a `datetime-local` input; undefined for an empty one. */
export function fromLocalInput(value: string): string | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** `just now`, `40 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function describeAge(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs;
  if (ageMs < 5_000) return 'just now';
  if (ageMs < MINUTE) return `${Math.floor(ageMs / 1_000)} s ago`;
  if (ageMs < HOUR) return `${Math.floor(ageMs / MINUTE)} min ago`;
  if (ageMs < 2 * DAY) return `${Math.floor(ageMs / HOUR)} h ago`;
  return `${Math.floor(ageMs / DAY)} d ago`;
}
