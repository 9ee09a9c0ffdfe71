import type { EChartsOption, LineSeriesOption } from 'echarts';
import { defaultsOf, overridesOf, sampled, timeAxis } from './panelContent.ts';
import type { NamedSeries, PanelContent } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { namedColor } from './theme.ts';
import { formatValue } from './units.ts';

const LEGEND_ROW = 19;

/** Lines or stacked areas over time, above a legend with the last and the highest values. */
export function timeSeriesChart(content: PanelContent, { height }: Size): EChartsOption {
  const { panel, series, range } = content;
  const { unit = 'short', max, custom } = defaultsOf(panel);
  const rows = Math.min(series.length, Math.floor((height * 0.4) / LEGEND_ROW));
  return {
    grid: { bottom: rows * LEGEND_ROW + 34 },
    xAxis: { ...timeAxis(range), boundaryGap: false },
    yAxis: {
      type: custom?.scaleDistribution?.type === 'log' ? 'log' : 'value',
      splitNumber: 4,
      ...(max !== undefined && { max }),
      axisLabel: { formatter: (value: number) => formatValue(value, unit) },
    },
    legend: { height: rows * LEGEND_ROW },
    series: series.map((one, index) => ({
      ...lineOf(one, content),
      ...(index === 0 && { markLine: thresholdLines(content) }),
    })),
  };
}

function legendOf({ name, points }: NamedSeries, unit: string): string {
  const values = points.map(([, value]) => value);
  const [last, max] = [values.at(-1) ?? 0, Math.max(...values)];
  return `${name}: ${formatValue(last, unit)}, max. ${formatValue(max, unit)}`;
}

function lineOf(one: NamedSeries, { panel, range }: PanelContent): LineSeriesOption {
  const { unit = 'short', custom } = defaultsOf(panel);
  const isStacked = custom?.stacking?.mode === 'normal';
  const isLogarithmic = custom?.scaleDistribution?.type === 'log';
  const override = overridesOf(panel, one.name)['color'] as { fixedColor: string } | undefined;
  return {
    type: 'line',
    name: legendOf(one, unit),
    lineStyle: { width: isStacked ? 0 : 1.5 },
    data: sampled(one, range).map((value) => (isLogarithmic && value === 0 ? null : value)),
    ...(override && { color: namedColor(override.fixedColor) }),
    ...(isStacked && { stack: 'all', areaStyle: { opacity: 0.6 } }),
  };
}

/** The thresholds that the series reach. */
function thresholdLines({ panel, series }: PanelContent): LineSeriesOption['markLine'] & object {
  const { thresholds, custom } = defaultsOf(panel);
  const peak = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const steps = custom?.thresholdsStyle === undefined ? [] : (thresholds?.steps ?? []);
  const data = steps
    .filter(({ value }) => value !== null && value <= peak)
    .map(({ value, color }) => ({ yAxis: Number(value), lineStyle: { color: namedColor(color) } }));
  return { symbol: 'none', label: { show: false }, data };
}
