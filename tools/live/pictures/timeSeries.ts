import type { EChartsOption, LegendComponentOption, LineSeriesOption } from 'echarts';
import { defaultsOf, overridesOf, type NamedSeries, type PanelContent } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { AXIS_LABEL, FAINT, namedColor, seriesColor, SPLIT_LINE, TEXT } from './theme.ts';
import { axisFormat, formatValue } from './units.ts';
import { timeAxis } from './timeAxis.ts';

const LEGEND_ROW = 18;
const VALUE_WIDTH = 78;
const LEFT = 66;
const RIGHT = 16;
const TOP = 40;

/** Lines or stacked areas over time, above a legend with the last and the highest values. */
export function timeSeriesChart(content: PanelContent, size: Size): EChartsOption {
  const { panel, series } = content;
  const { unit = 'short', max, custom } = defaultsOf(panel);
  const isStacked = custom?.stacking?.mode === 'normal';
  const isLogarithmic = custom?.scaleDistribution?.type === 'log';
  const shown = series.slice(0, legendRows(size));
  const legendHeight = (shown.length + 1) * LEGEND_ROW;
  const lines = series.map((one, index) => lineOf(one, content, index, isStacked, isLogarithmic));
  const [first, ...others] = isStacked ? aligned(lines) : lines;
  return {
    grid: {
      left: LEFT,
      right: RIGHT,
      top: TOP,
      bottom: legendHeight + 34,
      outerBoundsMode: 'none',
    },
    xAxis: timeAxis(content),
    yAxis: {
      type: isLogarithmic ? 'log' : 'value',
      ...(isLogarithmic ? {} : { min: 0 }),
      ...(max === undefined ? {} : { max, interval: max / 4 }),
      ...(unit === 'bytes' ? binaryScale(series) : {}),
      splitNumber: 4,
      splitLine: SPLIT_LINE,
      axisLabel: { ...AXIS_LABEL, formatter: axisFormat(unit) },
    },
    legend: legendTable(shown, series.length, unit, size),
    series: first === undefined ? [] : [{ ...first, markLine: thresholdLines(content) }, ...others],
  };
}

function lineOf(
  one: NamedSeries,
  { panel, fromS }: PanelContent,
  index: number,
  isStacked: boolean,
  isLogarithmic: boolean,
): LineSeriesOption {
  const override = overridesOf(panel, one.name)['color'] as { fixedColor?: string } | undefined;
  const color =
    override?.fixedColor === undefined ? seriesColor(index) : namedColor(override.fixedColor);
  const points = isLogarithmic ? one.points.filter(([, value]) => value > 0) : one.points;
  return {
    type: 'line',
    name: one.name,
    silent: true,
    showSymbol: false,
    clip: false,
    color,
    lineStyle: { width: isStacked ? 0 : 1.5 },
    data: withGaps(points, fromS, isStacked),
    ...(isStacked ? { stack: 'all', areaStyle: { opacity: 0.6 } } : {}),
  };
}

type Point = [elapsedS: number, value: number | null];

/** Breaks the line where samples are missing, and omits points between two equal neighbours. */
function withGaps(points: NamedSeries['points'], fromS: number, keepAll: boolean): Point[] {
  const stepS = Math.min(
    ...points.slice(1).map(([timeS], index) => timeS - (points[index]?.[0] ?? 0)),
  );
  return points.flatMap(([timeS, value], index): Point[] => {
    const [previousS, previous] = points[index - 1] ?? [];
    const point: Point = [timeS - fromS, value];
    if (previousS !== undefined && timeS - previousS > stepS * 1.5)
      return [[previousS - fromS + stepS / 2, null], point];
    const isRepeated = value === previous && value === points[index + 1]?.[1];
    return isRepeated && !keepAll ? [] : [point];
  });
}

/**
 * Gives all series a value at every time, because ECharts stacks values by their time. A gap in one
 * series is a gap in all.
 */
function aligned(lines: readonly LineSeriesOption[]): LineSeriesOption[] {
  const byTime = lines.map(({ data }) => new Map((data ?? []) as Point[]));
  const times = [...new Set(byTime.flatMap((values) => [...values.keys()]))].toSorted(
    (a, b) => a - b,
  );
  const isGap = (timeS: number): boolean => byTime.some((values) => values.get(timeS) === null);
  return lines.map((line, index) => ({
    ...line,
    data: times.map((timeS) => [timeS, isGap(timeS) ? null : (byTime[index]?.get(timeS) ?? 0)]),
  }));
}

function thresholdLines({
  panel,
  series,
}: PanelContent): NonNullable<LineSeriesOption['markLine']> {
  const { thresholds, custom } = defaultsOf(panel);
  const peak = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const steps = custom?.thresholdsStyle === undefined ? [] : (thresholds?.steps ?? []);
  return {
    silent: true,
    symbol: 'none',
    label: { show: false },
    data: steps.flatMap(({ value, color }) =>
      value === null || value > peak
        ? []
        : [{ yAxis: value, lineStyle: { color: namedColor(color), type: 'dashed' } }],
    ),
  };
}

/** Ticks at powers of two, so that labels are round numbers of KiB or MiB. */
function binaryScale(series: readonly NamedSeries[]): { interval: number; max: number } {
  const peak = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)), 1);
  const interval = 2 ** Math.ceil(Math.log2(peak / 5));
  return { interval, max: Math.ceil(peak / interval) * interval };
}

/** At most 40 % of the panel. */
function legendRows({ height }: Size): number {
  return Math.max(Math.floor((height * 0.4) / LEGEND_ROW) - 1, 1);
}

function legendTable(
  shown: readonly NamedSeries[],
  total: number,
  unit: string,
  { width }: Size,
): LegendComponentOption[] {
  const nameWidth = width - 2 * VALUE_WIDTH - 60;
  const cells = (name: string, last: string, max: string): string =>
    `{name|${fitted(name, nameWidth)}}{value|${last}}{value|${max}}`;
  const byName = new Map(shown.map((one) => [one.name, one]));
  const rich = {
    name: { width: nameWidth, align: 'left' as const },
    value: { width: VALUE_WIDTH, align: 'right' as const },
  };
  const common = {
    orient: 'vertical' as const,
    left: 8,
    itemWidth: 14,
    itemHeight: 4,
    itemGap: 5,
    padding: 0,
  };
  const hidden = total - shown.length;
  const caption = hidden > 0 ? `${shown.length} of ${total} series` : '';
  return [
    {
      ...common,
      bottom: shown.length * LEGEND_ROW + 6,
      data: shown[0] === undefined ? [] : [{ name: shown[0].name, icon: 'none' }],
      formatter: () => cells(caption, 'Last', 'Max'),
      textStyle: { color: FAINT, fontSize: 11, rich },
    },
    {
      ...common,
      bottom: 6,
      icon: 'rect',
      data: shown.map(({ name }) => name),
      formatter: (name) => {
        const values = byName.get(name)?.points.map(([, value]) => value) ?? [];
        const last = values.at(-1);
        return cells(
          name,
          last === undefined ? '' : formatValue(last, unit),
          formatValue(Math.max(...values), unit),
        );
      },
      textStyle: { color: TEXT, fontSize: 12, rich },
    },
  ];
}

/** Truncates a text to a width in pixels; rich text has no overflow option of its own. */
function fitted(text: string, width: number): string {
  const letters = Math.floor(width / 6.4);
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
