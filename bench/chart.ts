import type {
  CustomSeriesOption,
  EChartsOption,
  LineSeriesOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import { renderSvg, type Svg } from '../tools/live/pictures/renderSvg.ts';
import {
  AXIS_LABEL,
  BORDER,
  FAINT,
  namedColor,
  PANEL,
  SPLIT_LINE,
  TEXT,
} from '../tools/live/pictures/theme.ts';
import { resultOf, spreadOf, type Figure } from './figures.ts';

/** Rates as one parameter grows: the sidecar and the limit as lines, with their ratio below. */
export interface Chart {
  readonly title: string;
  /** The fixed parameters. */
  readonly note: string;
  /** The name of the parameter that grows. */
  readonly axis: string;
  /** Formats a value of the parameter. @default a number with thousands separators */
  readonly format?: (at: number) => string;
  readonly points: readonly ChartPoint[];
}

/** A figure with a position on the axis and with a limit. */
export interface ChartPoint extends Figure {
  readonly at: number;
  readonly limit: readonly number[];
}

const SIZE = { width: 760, height: 420 };
const GRID = { left: 96, right: 96, top: 88, bottom: 96, outerBoundsMode: 'none' } as const;
const COLORS = { limit: FAINT, sidecar: namedColor('blue') } as const;

type Side = keyof typeof COLORS;

export function drawChart(chart: Chart): Svg {
  return renderSvg(chartOption(chart), SIZE);
}

function chartOption(chart: Chart): EChartsOption {
  const { title, note, points } = chart;
  return {
    backgroundColor: PANEL,
    title: {
      text: title,
      subtext: note,
      left: 16,
      top: 14,
      itemGap: 6,
      textStyle: { color: TEXT, fontSize: 16 },
      subtextStyle: { color: FAINT, fontSize: 12 },
    },
    grid: GRID,
    xAxis: parameterAxis(chart),
    yAxis: rateAxis(points),
    graphic: [
      {
        type: 'text',
        left: 21,
        bottom: 52,
        style: { text: 'of limit', fill: COLORS.sidecar, fontSize: 12 },
      },
    ],
    series: [
      spreadBand('limit', points),
      spreadBand('sidecar', points),
      medianLine('limit', points),
      medianLine('sidecar', points),
    ],
  };
}

/** Has a label with the parameter and the ratio at each point. */
function parameterAxis({ axis, format = grouped, points }: Chart): XAXisComponentOption {
  const ats = points.map(({ at }) => at);
  const ratios = new Map(points.map((point) => [point.at, ratioOf(point)]));
  return {
    type: 'log',
    min: Math.min(...ats),
    max: Math.max(...ats),
    name: axis,
    nameLocation: 'middle',
    nameGap: 56,
    nameTextStyle: { color: FAINT, fontSize: 12 },
    axisLine: { lineStyle: { color: BORDER } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      customValues: ats,
      formatter: (at: number) => `${format(at)}\n{ratio|${ratios.get(at) ?? ''}}`,
      color: TEXT,
      fontSize: 12,
      lineHeight: 20,
      rich: { ratio: { color: COLORS.sidecar, fontSize: 12, lineHeight: 20 } },
    },
  };
}

/** Logarithmic if the rates differ by more than a hundredfold. */
function rateAxis(points: readonly ChartPoint[]): YAXisComponentOption {
  const rates = points.flatMap(({ limit, sidecar }) => [...limit, ...sidecar]);
  return {
    type: Math.max(...rates) / Math.min(...rates) > 100 ? 'log' : 'value',
    name: points[0]?.unit ?? '',
    nameTextStyle: { color: FAINT, align: 'right', padding: [0, 8, 0, 0] },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: SPLIT_LINE,
    axisLabel: { ...AXIS_LABEL, fontSize: 12, formatter: grouped },
  };
}

/**
 * The share of the limit that the sidecar reaches, as the median of the ratios within the turns.
 */
function ratioOf(point: ChartPoint): string {
  return resultOf(point).median.toFixed(2);
}

function medianLine(side: Side, points: readonly ChartPoint[]): LineSeriesOption {
  return {
    type: 'line',
    name: side,
    silent: true,
    color: COLORS[side],
    symbol: 'circle',
    symbolSize: 6,
    lineStyle: { width: 2 },
    data: points.map((point) => [point.at, spreadOf(point[side]).median]),
    endLabel: {
      show: true,
      formatter: side,
      color: COLORS[side],
      fontSize: 13,
      fontWeight: 600,
      distance: 10,
    },
    labelLayout: { moveOverlap: 'shiftY' },
  };
}

/** The area between the lowest and the highest turn. */
function spreadBand(side: Side, points: readonly ChartPoint[]): CustomSeriesOption {
  const spreads = points.map((point) => ({ at: point.at, ...spreadOf(point[side]) }));
  return {
    type: 'custom',
    silent: true,
    data: [[spreads[0]?.at ?? 1, spreads[0]?.median ?? 1]],
    renderItem: (_, api) => ({
      type: 'polygon',
      shape: {
        points: [
          ...spreads.map(({ at, max }) => api.coord([at, max])),
          ...spreads.map(({ at, min }) => api.coord([at, min])).toReversed(),
        ],
      },
      style: { fill: COLORS[side], opacity: 0.18 },
    }),
  };
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
