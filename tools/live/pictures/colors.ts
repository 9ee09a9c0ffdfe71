/** Grafana's colours by their names, on its dark background. */
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  'light-green': '#96d98d',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  gray: '#8e8e8e',
};

const PALETTE =
  '#73bf69 #f2cc0c #8ab8ff #ff780a #f2495c #5794f2 #b877d9 #705da0 #37872d #fade2a #447ebc #c15c17 #890f02'.split(
    ' ',
  );

export const PAGE = '#111217';
export const PANEL = '#181b1f';
export const BORDER = '#2a2d33';
export const GRID = '#2c3036';
export const TEXT = '#ccccdc';
export const FAINT = '#8e8ea0';

export function named(color: string): string {
  return NAMED[color] ?? color;
}

/** One of the palette for each series. */
export function nth(index: number): string {
  return PALETTE[index % PALETTE.length] ?? TEXT;
}

/** From the dark background to light blue, in few steps. */
export function heat(share: number): string {
  const step = Math.ceil(Math.sqrt(share) * HEAT_STEPS) / HEAT_STEPS;
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * step);
  return `rgb(${mix(24, 130)},${mix(40, 195)},${mix(70, 255)})`;
}

const HEAT_STEPS = 8;
