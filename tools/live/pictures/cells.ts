import type { EChartsOption } from 'echarts';
import { colorOf, defaultsOf, sampled, timeAxis, type PanelContent } from './panelContent.ts';
import { PANEL } from './theme.ts';
import { formatValue } from './units.ts';

/** One row per series, colored by its state. */
export function stateTimelineChart({ panel, series, range }: PanelContent): EChartsOption {
  const rows = series.map((one) => sampled(one, range));
  const states = [...new Set(rows.flat())].filter((state) => state !== null);
  return {
    grid: { left: 190 },
    xAxis: timeAxis(range),
    yAxis: {
      type: 'category',
      inverse: true,
      data: series.map(({ name }) => name),
      splitLine: { lineStyle: { color: PANEL, width: 10 } },
      z: 5,
    },
    visualMap: {
      type: 'piecewise',
      show: false,
      pieces: states.map((value) => ({ value, color: colorOf(value, defaultsOf(panel)) })),
    },
    series: { type: 'heatmap', data: cellsOf(rows) },
  };
}

/** One row per bucket of a histogram that is not empty; brighter cells count more. */
export function heatmapChart({ panel, series, range }: PanelContent): EChartsOption {
  const cumulative = series
    .map((one) => ({ bound: Number(one.metric['le']), counts: sampled(one, range) }))
    .filter(({ bound }) => Number.isFinite(bound))
    .toSorted((a, b) => a.bound - b.bound);
  const rootOf = (count: number): number | null => (count > 1e-6 ? Math.sqrt(count) : null);
  const buckets = cumulative
    .map(({ bound, counts }, row) => ({
      name: formatValue(bound, defaultsOf(panel).unit ?? 's'),
      // The square root keeps rare durations visible.
      roots: counts.map((count, column) =>
        rootOf((count ?? 0) - (cumulative[row - 1]?.counts[column] ?? 0)),
      ),
    }))
    .filter(({ roots }) => roots.some((root) => root !== null));
  return {
    xAxis: timeAxis(range),
    yAxis: { type: 'category', data: buckets.map(({ name }) => name) },
    visualMap: {
      type: 'piecewise',
      show: false,
      splitNumber: 8,
      min: 0,
      max: Math.max(...buckets.flatMap(({ roots }) => roots.map(Number)), 0),
      inRange: { color: ['#182846', '#82c3ff'] },
    },
    series: { type: 'heatmap', data: cellsOf(buckets.map(({ roots }) => roots)) },
  };
}

function cellsOf(rows: readonly (readonly (number | null)[])[]): number[][] {
  return rows.flatMap((values, row) =>
    values.flatMap((value, column) => (value === null ? [] : [[column, row, value]])),
  );
}
