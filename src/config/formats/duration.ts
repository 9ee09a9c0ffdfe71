/** The units of Go's durations, in nanoseconds. */
const UNIT_NS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3], // U+00B5, the micro sign
  ['μs', 1e3], // U+03BC, the Greek letter
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3_600e9],
]);
const NS_PER_MS = 1e6;

const DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Parses a duration in the format of Go's `time.ParseDuration`: `300ms`, `1m30s`, `1.5h`, or `0`.
 * @returns milliseconds, possibly fractional; undefined if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const amount = text.replace(/^[+-]/, '');
  if (amount === '0') return 0;
  if (!DURATION.test(amount)) return undefined;
  const totalNs = Array.from(amount.matchAll(PART), toNanoseconds).reduce((sum, ns) => sum + ns, 0);
  return (sign * totalNs) / NS_PER_MS;
}

/** Prints whole milliseconds in the same format: `1m30s`. */
export function formatDuration(durationMs: number): string {
  let leftMs = durationMs;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const unitMs = (UNIT_NS.get(unit) ?? Number.NaN) / NS_PER_MS;
    const count = Math.floor(leftMs / unitMs);
    leftMs -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

/** Scales the fraction as an integer, as Go does, so that `1.001s` is exactly 1001 ms. */
function toNanoseconds([, whole = '', fraction = '', unit = '']: RegExpExecArray): number {
  const unitNs = UNIT_NS.get(unit) ?? Number.NaN;
  return Number(whole) * unitNs + Math.trunc(Number(fraction) * (unitNs / 10 ** fraction.length));
}
