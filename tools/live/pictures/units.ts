/** Formats a value in a Grafana unit. */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case 's':
      return formatSeconds(value);
    case 'percentunit':
      return `${significant(value * 100)} %`;
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB']);
    case 'ops':
      return `${significant(value)}/s`;
    default:
      return scaled(value, 1000, ['', 'k', 'M']);
  }
}

function formatSeconds(value: number): string {
  if (value === 0) return '0 s';
  if (value < 1e-3) return `${significant(value * 1e6)} µs`;
  if (value < 1) return `${significant(value * 1e3)} ms`;
  return value < 60 ? `${significant(value)} s` : `${significant(value / 60)} min`;
}

function scaled(value: number, base: number, suffixes: readonly string[]): string {
  let rest = value;
  let step = 0;
  while (rest >= base && step < suffixes.length - 1) {
    rest /= base;
    step++;
  }
  return `${significant(rest)} ${suffixes[step]}`.trimEnd();
}

/** Formats the labels of an axis. Durations stay in seconds, so that powers of ten are round. */
export function axisFormat(unit: string): (value: number) => string {
  return (value) => (unit === 's' && value >= 1 ? `${value} s` : formatValue(value, unit));
}

/** Rounds to three significant digits. */
function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Formats a time since the start of the run as minutes and seconds. */
export function formatElapsed(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
}
