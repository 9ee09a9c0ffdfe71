/** In milliseconds. */
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3], // U+00B5, the micro sign
  ['μs', 1e-3], // U+03BC, the Greek letter
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*\.?\d*)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Parses a duration as the sidecar does: `300ms`, `1m30s`, `1.5h`, or `0`.
 *
 * @returns milliseconds; undefined if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return undefined;
  const parts = Array.from(text.matchAll(PART), ([, number = '', unit = '']) => {
    return Number(number) * (UNITS_MS.get(unit) ?? Number.NaN);
  });
  return parts.reduce((sum, part) => sum + part, 0);
}
