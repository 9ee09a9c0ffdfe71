/**
 * Formats a duration with two or three significant digits: `1.2 ms`, `4.21 s`, `12 min`. A damaged
 * source may give one that is not a finite number: `–`.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 99_950) return `${(ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)} s`;
  if (ms < 5_970_000) return `${(ms / 60_000).toFixed(0)} min`;
  const hours = ms / 3_600_000;
  return `${hours < MAX_HOURS ? hours.toFixed(1) : hours.toExponential(1)} h`;
}

/** More than a century: no message waits for so long. */
const MAX_HOURS = 1e6;
