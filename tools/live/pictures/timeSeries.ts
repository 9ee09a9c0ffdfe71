import type { EChartsOption, LineSeriesOption } from 'echarts';
import { legendTable } from './legendTable.ts';
import { defaultsOf, overridesOf, type NamedSeries, type PanelContent } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { AXIS_LABEL, namedColor, seriesColor, SPLIT_LINE } from './theme.ts';
import { axisFormat } from './units.ts';
import { timeAxis } from './timeAxis.ts';

const LEFT = 66;
const RIGHT = 16;
const TOP = 40;

/** Lines or stacked areas over time, above a legend with the last and the highest values. */
export function timeSeriesChart(content: PanelContent, size: Size): EChartsOption {
  const { panel, series } = content;
  const { unit = 'short', max, custom } = defaultsOf(panel);
  const isStacked = custom?.stacking?.mode === 'normal';
  const isLogarithmic = custom?.scaleDistribution?.type === 'log';
  const legend = legendTable(series, unit, size);
  const lines = series.map((one, index) => lineOf(one, content, index, isStacked, isLogarithmic));
  const [first, ...others] = isStacked ? aligned(lines) : lines;
  return {
    grid: {
      left: LEFT,
      right: RIGHT,
      top: TOP,
      bottom: legend.height + 34,
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
    legend: legend.option,
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
