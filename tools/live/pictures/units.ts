/** A number as a panel with this unit shows it. */
export function formatted(value: number, unit: string): string {
  switch (unit) {
    case 's':
      return seconds(value);
    case 'percentunit':
      return `${digits(value * 100)} %`;
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB']);
    case 'ops':
      return `${digits(value)}/s`;
    default:
      return scaled(value, 1000, ['', 'k', 'M']);
  }
}

function seconds(value: number): string {
  if (value === 0) return '0 s';
  if (value < 1e-3) return `${digits(value * 1e6)} µs`;
  if (value < 1) return `${digits(value * 1e3)} ms`;
  return value < 60 ? `${digits(value)} s` : `${digits(value / 60)} min`;
}

function scaled(value: number, base: number, names: readonly string[]): string {
  let left = value;
  let step = 0;
  while (left >= base && step < names.length - 1) {
    left /= base;
    step++;
  }
  return `${digits(left)} ${names[step]}`.trimEnd();
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
