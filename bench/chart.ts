import type { EChartsOption, SeriesOption } from 'echarts';
import { renderSvg, type Svg } from '../tools/live/pictures/renderSvg.ts';
import { FAINT, namedColor } from '../tools/live/pictures/theme.ts';
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

export function drawChart({ title, note, axis, format = grouped, points }: Chart): Svg {
  const ats = points.map(({ at }) => at);
  const labels = points.map((one) => `${format(one.at)}\n${resultOf(one).median.toFixed(2)}`);
  const rates = points.flatMap(({ limit, sidecar }) => [...limit, ...sidecar]);
  const isWide = Math.max(...rates) / Math.min(...rates) > 100;
  const option: EChartsOption = {
    title: { text: title, subtext: note },
    grid: { left: 80, right: 80, top: 88, bottom: 96 },
    xAxis: {
      type: 'log',
      min: Math.min(...ats),
      max: Math.max(...ats),
      name: `${axis}\nsidecar / limit`,
      nameLocation: 'middle',
      splitLine: { show: false },
      axisLabel: {
        customValues: ats,
        formatter: (at: number) => labels[ats.indexOf(at)] ?? '',
        lineHeight: 20,
      },
    },
    yAxis: {
      type: isWide ? 'log' : 'value',
      name: points[0]?.unit ?? '',
      axisLabel: { formatter: grouped },
    },
    series: [
      ...seriesOf('limit', FAINT, points),
      ...seriesOf('sidecar', namedColor('blue'), points),
    ],
  };
  return renderSvg(option, { width: 760, height: 420 });
}

type Side = 'limit' | 'sidecar';

/** A line through the medians, and a dot for each turn. */
function seriesOf(side: Side, color: string, points: readonly ChartPoint[]): SeriesOption[] {
  return [
    {
      type: 'line',
      color,
      data: points.map((point) => [point.at, spreadOf(point[side]).median]),
      endLabel: { show: true, formatter: side, color },
      labelLayout: { moveOverlap: 'shiftY' },
    },
    {
      type: 'scatter',
      color,
      symbolSize: 5,
      data: points.flatMap((point) => point[side].map((rate) => [point.at, rate])),
    },
  ];
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
