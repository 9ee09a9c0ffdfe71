/** The colours of Grafana's dark theme, so that pictures look like the dashboards. */
export const PAGE = '#111217';
export const PANEL = '#181b1f';
export const BORDER = '#2a2d33';
export const GRID = '#2c3036';
export const TEXT = '#ccccdc';
export const FAINT = '#9a9aab';
export const LINK = '#6e9fff';

const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  'light-green': '#96d98d',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  gray: '#8e8e8e',
};

const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#fa6400',
  '#96d98d',
  '#fade2a',
  '#c0d8ff',
  '#ffb357',
  '#ff7383',
];

/** The value of a colour that a panel refers to by name. */
export function namedColor(color: string): string {
  return NAMED[color] ?? color;
}

/** The colour of the series at this position. */
export function seriesColor(index: number): string {
  return PALETTE[index % PALETTE.length] ?? TEXT;
}

export const AXIS_LABEL = { color: FAINT, fontSize: 11 } as const;
export const SPLIT_LINE = { show: true, lineStyle: { color: GRID } } as const;
