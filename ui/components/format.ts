// Numbers come from metrics, hops and files, which may be damaged: no text has `NaN`, or more
// digits than fit into a line.

const EXACT_BELOW = 10_000;
const STEPS: readonly (readonly [size: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Whole with separators below 10,000, then with three digits: `1,234`, `12.3 k`, `4.00 M`. */
export function formatCount(count: number): string {
  if (isOdd(count)) return formatExact(count);
  const whole = Math.round(count);
  if (Math.abs(whole) < EXACT_BELOW) return formatExact(whole);
  const [size, unit] = STEPS.find(([size]) => Math.abs(count) >= size * ROUNDS_UP) ?? [1, ''];
  return `${withThreeDigits(count / size)} ${unit}`;
}

/** From 999,500 on, three digits of thousands would be 1,000 k. */
const ROUNDS_UP = 0.9995;

export function formatExact(count: number): string {
  if (!Number.isFinite(count)) return UNKNOWN;
  if (Math.abs(count) >= HUGE) return count.toExponential(2);
  return count.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

const UNKNOWN = '–';
const HUGE = 1e15;

function isOdd(value: number): boolean {
  return !(Math.abs(value) < HUGE);
}

/** Events per second: `0.05`, `1.2`, `12.3`, `1.23 k`; `0` only for none at all. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return UNKNOWN;
  if (perSecond === 0) return '0';
  if (perSecond < 0) return `-${formatRate(-perSecond)}`;
  if (perSecond < 0.01) return '<0.01';
  if (perSecond < 1) return perSecond.toFixed(2);
  if (perSecond < 999.5) return withThreeDigits(perSecond);
  return formatCount(perSecond);
}

/** `512 B`, `1.50 KiB`, `10.0 MiB` */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  if (isOdd(sizeBytes)) return formatExact(sizeBytes);
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size.toFixed(0) : withThreeDigits(size)} ${units[unit] ?? ''}`;
}

function withThreeDigits(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0);
}

/** The local time of an instant, with its date unless that is the date of `now`. */
export function formatTime(time: string | undefined, now: Date): string {
  const date = parse(time);
  if (date === undefined) return '–';
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return date.toDateString() === now.toDateString() ? clock : `${formatDay(date)} ${clock}`;
}

/** The local time with milliseconds and its offset: `2026-11-29 12:00:01.123 +01:00`. */
export function formatExactTime(time: string | undefined): string {
  const date = parse(time);
  if (date === undefined) return time ?? '';
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.abs(Math.trunc(offset / 60)))}:${pad(Math.abs(offset % 60))}`;
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${formatDay(date)} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')} ${zone}`;
}

function formatDay(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function parse(time: string | undefined): Date | undefined {
  const date = new Date(time ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
