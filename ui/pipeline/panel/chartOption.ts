import type { LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import type { ChartDefinition } from './series.ts';

export type ChartOption = ComposeOption<
  LineSeriesOption | GridComponentOption | TooltipComponentOption
>;

/** The current values of the colours. */
export interface ChartColors {
  readonly resolve: (name: `--${string}`) => string;
  readonly font: string;
}

const MINUTE = 60_000;
const WINDOW_MS = 10 * MINUTE;
const FONT_SIZE = 11;

/** A line chart of the 10 minutes before `now`. Missing values are gaps. */
export function createChartOption(
  { series, format }: ChartDefinition,
  points: readonly HistoryPoint[],
  { resolve, font }: ChartColors,
  now: Date,
): ChartOption {
  const muted = resolve('--text-muted');
  const label = { color: muted, fontSize: FONT_SIZE, fontFamily: font };
  const line = { lineStyle: { color: resolve('--border') } };
  return {
    animation: false,
    grid: { left: 52, right: 10, top: 10, bottom: 22 },
    tooltip: {
      trigger: 'axis',
      // HTML would need styles in attributes, which the policy of the page forbids.
      renderMode: 'richText',
      backgroundColor: resolve('--surface'),
      borderColor: resolve('--border-strong'),
      textStyle: { color: resolve('--text'), fontSize: FONT_SIZE, fontFamily: font },
      valueFormatter: (value) => (typeof value === 'number' ? format(value) : '–'),
      axisPointer: { lineStyle: { color: muted } },
    },
    xAxis: {
      type: 'time',
      min: now.getTime() - WINDOW_MS,
      max: now.getTime(),
      axisLabel: { ...label, formatter: '{HH}:{mm}', hideOverlap: true },
      axisLine: line,
      axisTick: line,
      splitNumber: 4,
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 2,
      axisLabel: { ...label, formatter: format },
      splitLine: line,
    },
    series: series.map(({ name, color, value }) => ({
      type: 'line' as const,
      name,
      showSymbol: false,
      color: resolve(color),
      lineStyle: { width: 1.75 },
      areaStyle: { opacity: series.length === 1 ? 0.14 : 0 },
      data: points.map((point) => [Date.parse(point.time), value(point) ?? '-']),
    })),
  };
}
