import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { defaultsOf, type NamedSeries, type PanelContent } from './panelContent.ts';
import { AXIS_LABEL, SPLIT_LINE } from './theme.ts';
import { timeAxis } from './timeAxis.ts';
import { axisFormat } from './units.ts';

/** Columns over the time range: more would only enlarge the file. */
const MAX_COLUMNS = 140;

/** The buckets of a histogram over time, on a logarithmic axis; brighter cells count more. */
export function heatmapChart(content: PanelContent): EChartsOption {
  const { unit = 's' } = defaultsOf(content.panel);
  const cells = cellsOf(content);
  const most = Math.max(...cells.map(({ count }) => count));
  const bySteps = Map.groupBy(cells, ({ count }) => brightness(count / most));
  return {
    grid: { left: 66, right: 16, top: 40, bottom: 28, outerBoundsMode: 'none' },
    xAxis: timeAxis(content),
    yAxis: {
      type: 'log',
      min: Math.min(...cells.map(({ low }) => low)),
      max: Math.max(...cells.map(({ high }) => high)),
      splitLine: SPLIT_LINE,
      axisLabel: {
        ...AXIS_LABEL,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: axisFormat(unit),
      },
    },
    series: [...bySteps].map(([step, group]) => cellSeries(step, group)),
  };
}

interface Cell {
  readonly fromS: number;
  readonly toS: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** All cells of one brightness as a single path. */
function cellSeries(step: number, cells: readonly Cell[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: true,
    data: [[0, cells[0]?.low ?? 1]],
    renderItem: (_, api) => ({
      type: 'path',
      shape: {
        pathData: cells
          .map(({ fromS, toS, low, high }) => {
            const [left = 0, bottom = 0] = api.coord([fromS, low]);
            const [right = 0, top = 0] = api.coord([toS, high]);
            return `M${left} ${top + 1}H${right - 1}V${bottom}H${left}z`;
          })
          .join(''),
      },
      style: { fill: shade(step) },
    }),
  };
}

function cellsOf({ series, fromS }: PanelContent): Cell[] {
  return bucketsOf(series).flatMap(({ low, high, points }) => {
    const every = Math.ceil(points.length / MAX_COLUMNS);
    const stepS = ((points[1]?.[0] ?? 0) - (points[0]?.[0] ?? 0)) * every || 1;
    return points
      .filter(([, count], index) => index % every === 0 && count > 1e-6)
      .map(([timeS, count]) => ({
        fromS: timeS - fromS,
        toS: timeS - fromS + stepS,
        low,
        high,
        count,
      }));
  });
}

interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly points: NamedSeries['points'];
}

/** Turns the cumulative buckets of Prometheus into separate ones; skips the unbounded bucket. */
function bucketsOf(series: readonly NamedSeries[]): Bucket[] {
  const sorted = series
    .map(({ metric, points }) => ({ high: Number(metric['le']), points }))
    .filter(({ high }) => Number.isFinite(high) && high > 0)
    .toSorted((a, b) => a.high - b.high);
  return sorted.map(({ high, points }, index) => {
    const below = sorted[index - 1];
    const counts = new Map(below?.points);
    return {
      low: below?.high ?? high / 2,
      high,
      points: points.map(([timeS, count]) => [timeS, count - (counts.get(timeS) ?? 0)] as const),
    };
  });
}

const STEPS = 8;

/** The square root keeps rare durations visible. */
function brightness(share: number): number {
  return Math.ceil(Math.sqrt(share) * STEPS) / STEPS;
}

function shade(step: number): string {
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * step);
  return `rgb(${mix(24, 130)},${mix(40, 195)},${mix(70, 255)})`;
}
