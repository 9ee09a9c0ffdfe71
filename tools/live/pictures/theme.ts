/** The colors of Grafana's dark theme, so that pictures look like the dashboards. */
export const PAGE = '#111217';
export const PANEL = '#181b1f';
export const TEXT = '#ccccdc';
export const FAINT = '#9a9aab';
const LINE_STYLE = { color: '#2c3036' };

/** Named as in Grafana, in the order in which series use them. */
const COLORS: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  'light-blue': '#8ab8ff',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  'light-green': '#96d98d',
  'light-yellow': '#ffee52',
  gray: '#8e8e8e',
};

/** The value of a color that a panel refers to by name. */
export function namedColor(color: string): string {
  return COLORS[color] ?? color;
}

const AXIS = {
  axisLine: { onZero: false, lineStyle: LINE_STYLE },
  axisTick: { show: false },
  nameTextStyle: { color: FAINT },
  axisLabel: { color: FAINT, fontSize: 11 },
  splitLine: { show: true, lineStyle: LINE_STYLE },
};

const NO_BORDER = { borderWidth: 0 };
const LABEL = { position: 'insideLeft', padding: [0, 8], overflow: 'truncate', fontSize: 12 };

/** The defaults of all charts, by component and type of series. */
export const THEME = {
  color: Object.values(COLORS),
  backgroundColor: PANEL,
  textStyle: { fontFamily: 'Inter, Helvetica, Arial, sans-serif' },
  title: {
    left: 8,
    top: 9,
    padding: 0,
    textStyle: { color: TEXT, fontSize: 14 },
    subtextStyle: { color: FAINT, fontSize: 14 },
  },
  grid: { left: 66, right: 16, top: 40, bottom: 28, outerBoundsMode: 'none' },
  line: { showSymbol: false },
  categoryAxis: AXIS,
  valueAxis: AXIS,
  logAxis: AXIS,
  legend: {
    orient: 'vertical',
    left: 8,
    bottom: 6,
    padding: 0,
    icon: 'rect',
    itemWidth: 14,
    itemHeight: 4,
    itemGap: 5,
    textStyle: { color: TEXT },
  },
  matrix: {
    backgroundStyle: NO_BORDER,
    x: { label: { ...LABEL, color: FAINT }, itemStyle: NO_BORDER, dividerLineStyle: LINE_STYLE },
    y: { show: false },
    body: { label: { ...LABEL, color: TEXT }, itemStyle: NO_BORDER },
  },
};
