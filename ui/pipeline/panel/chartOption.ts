import type { LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import { PLOT, WINDOW_MS } from './cursor.ts';
import type { ChartDefinition } from './series.ts';

export type ChartOption = ComposeOption<LineSeriesOption | GridComponentOption>;

/** The current values of the colours. */
export interface ChartStyle {
  readonly resolve: (name: `--${string}`) => string;
  readonly font: string;
}

const FONT_SIZE = 11;

/** A line chart of the 10 minutes before `endMs`. Missing values are gaps. */
export function createChartOption(
  { series, format, minInterval = 0 }: ChartDefinition,
  points: readonly HistoryPoint[],
  { resolve, font }: ChartStyle,
  endMs: number,
): ChartOption {
  const label = { color: resolve('--text-muted'), fontSize: FONT_SIZE, fontFamily: font };
  const line = { lineStyle: { color: resolve('--border') } };
  return {
    animation: false,
    grid: { ...PLOT, outerBoundsMode: 'none' },
    xAxis: {
      type: 'time',
      min: endMs - WINDOW_MS,
      max: endMs,
      axisLabel: { ...label, formatter: '{HH}:{mm}', hideOverlap: true },
      axisLine: line,
      axisTick: line,
      splitNumber: 4,
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 2,
      minInterval,
      axisLabel: { ...label, formatter: format },
      splitLine: line,
    },
    series: series.map(({ name, color, value }) => ({
      type: 'line' as const,
      name,
      showSymbol: false,
      silent: true,
      color: resolve(color),
      lineStyle: { width: 1.75 },
      areaStyle: { opacity: series.length === 1 ? 0.14 : 0 },
      data: points.map((point) => [Date.parse(point.time), value(point) ?? '-']),
    })),
  };
}
