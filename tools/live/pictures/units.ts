const NUMBER = { notation: 'compact', maximumSignificantDigits: 3 } as const;
const UNIT = { ...NUMBER, style: 'unit', unitDisplay: 'narrow' } as const;
const COUNT = new Intl.NumberFormat('en', NUMBER);
const PERCENT = new Intl.NumberFormat('en', { ...NUMBER, style: 'percent' });
const BYTES = new Intl.NumberFormat('en', { ...UNIT, unit: 'byte' });

const FORMATS = new Map<string, (value: number) => string>([
  ['s', formatSeconds],
  ['percentunit', (value) => PERCENT.format(value)],
  ['bytes', (value) => BYTES.format(value)],
  ['ops', (value) => `${COUNT.format(value)}/s`],
]);

/** Formats a value in a Grafana unit. */
export function formatValue(value: number, unit: string): string {
  return FORMATS.get(unit)?.(value) ?? COUNT.format(value);
}

function formatSeconds(value: number): string {
  if (value === 0 || value >= 1) return `${Number(value.toPrecision(3))} s`;
  const [factor, unit] = value < 1e-3 ? [1e6, 'µs'] : [1e3, 'ms'];
  return `${Number((value * factor).toPrecision(3))} ${unit}`;
}

/** Formats a time since the start of the run as minutes and seconds. */
export function formatElapsed(seconds: number, decimals = 0): string {
  const width = decimals === 0 ? 2 : decimals + 3;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(decimals).padStart(width, '0')}`;
}
