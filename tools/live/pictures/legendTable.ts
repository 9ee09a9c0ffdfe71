import type { LegendComponentOption } from 'echarts';
import type { NamedSeries } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { FAINT, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

const ROW = 18;
const VALUE_WIDTH = 78;

export interface LegendTable {
  readonly height: number;
  readonly option: LegendComponentOption[];
}

/** A legend with the last and the highest value of each series, as high as 40 % of the panel. */
export function legendTable(
  series: readonly NamedSeries[],
  unit: string,
  { width, height }: Size,
): LegendTable {
  const shown = series.slice(0, Math.max(Math.floor((height * 0.4) / ROW) - 1, 1));
  const nameWidth = width - 2 * VALUE_WIDTH - 60;
  return {
    height: (shown.length + 1) * ROW,
    option: [header(shown, series.length, nameWidth), rows(shown, unit, nameWidth)],
  };
}

/** A legend has no header, so this is a second legend with one entry and no symbol. */
function header(
  shown: readonly NamedSeries[],
  total: number,
  nameWidth: number,
): LegendComponentOption {
  const caption = total > shown.length ? `${shown.length} of ${total} series` : '';
  return {
    ...COMMON,
    bottom: shown.length * ROW + 6,
    data: shown.slice(0, 1).map(({ name }) => ({ name, icon: 'none' })),
    formatter: () => cells(caption, 'Last', 'Max'),
    textStyle: { color: FAINT, fontSize: 11, rich: cellStyles(nameWidth) },
  };
}

function rows(
  shown: readonly NamedSeries[],
  unit: string,
  nameWidth: number,
): LegendComponentOption {
  const byName = new Map(shown.map((one) => [one.name, one]));
  return {
    ...COMMON,
    bottom: 6,
    icon: 'rect',
    data: shown.map(({ name }) => name),
    formatter: (name) => {
      const values = byName.get(name)?.points.map(([, value]) => value) ?? [];
      const [last, max] = [values.at(-1) ?? 0, Math.max(...values)];
      return cells(fitted(name, nameWidth), formatValue(last, unit), formatValue(max, unit));
    },
    textStyle: { color: TEXT, fontSize: 12, rich: cellStyles(nameWidth) },
  };
}

const COMMON = {
  orient: 'vertical',
  left: 8,
  itemWidth: 14,
  itemHeight: 4,
  itemGap: 5,
  padding: 0,
} as const;

function cells(name: string, last: string, max: string): string {
  return `{name|${name}}{value|${last}}{value|${max}}`;
}

function cellStyles(nameWidth: number) {
  return {
    name: { width: nameWidth, align: 'left' },
    value: { width: VALUE_WIDTH, align: 'right' },
  } as const;
}

/** Truncates a text to a width in pixels; rich text has no overflow option of its own. */
function fitted(text: string, width: number): string {
  const letters = Math.floor(width / 6.4);
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
