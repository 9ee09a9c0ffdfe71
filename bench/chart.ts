import { element, line, text, type Point, type Svg } from '../tools/live/pictures/svg.ts';
import { resultOf, spreadOf, type Figure } from './figures.ts';

/**
 * How rates change with what grows: the sidecar and the limit as two lines, and their ratio below.
 */
export interface Chart {
  readonly title: string;
  /** What stays the same, and how to read it. */
  readonly note: string;
  /** What grows. */
  readonly axis: string;
  /** How far it has grown, as people write it. @default a plain number */
  readonly format?: (at: number) => string;
  readonly points: readonly ChartPoint[];
}

/** A figure that knows where it stands, and has two sides. */
export interface ChartPoint extends Figure {
  readonly at: number;
  readonly limit: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 390;
const PLOT = { left: 64, right: 640, top: 84, bottom: 300 };
const PAPER = '#ffffff';
const INK = '#1f2328';
const FAINT = '#59636e';
const GRID = '#e4e7eb';
const SIDES = { limit: '#6e7781', sidecar: '#0a5fc2' } as const;
const SMALL = { 'font-size': 12, fill: FAINT };

type Side = keyof typeof SIDES;

/** Where a value lies on the page. */
interface Scales {
  readonly x: (at: number) => number;
  readonly y: (rate: number) => number;
  readonly ticks: readonly number[];
}

export function drawChart(chart: Chart): Svg {
  const scales = scalesOf(chart.points);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      'font-family': 'Helvetica, Arial, sans-serif',
      role: 'img',
      'aria-label': chart.title,
    },
    element('rect', { width: WIDTH, height: HEIGHT, fill: PAPER, rx: 6 }),
    text(16, 28, chart.title, { 'font-size': 16, 'font-weight': 600, fill: INK }),
    text(16, 48, chart.note, SMALL),
    drawRates(chart, scales),
    drawGrowth(chart, scales),
    drawSide('limit', chart.points, scales),
    drawSide('sidecar', chart.points, scales),
    drawNames(chart.points, scales),
  );
}

function scalesOf(points: readonly ChartPoint[]): Scales {
  const ats = points.map(({ at }) => at);
  const rates = points.flatMap(({ limit, sidecar }) => [...limit, ...sidecar]);
  const [from, to] = [Math.min(...rates), Math.max(...rates)];
  const x = { from: PLOT.left + 24, to: PLOT.right - 12 };
  const y = { from: PLOT.bottom, to: PLOT.top };
  const isWide = to / from > 100;
  return {
    x: logarithmic(Math.min(...ats), Math.max(...ats), x),
    y: isWide ? logarithmic(from / 1.5, to, y) : linear(to, y),
    ticks: isWide ? decades(from / 1.5, to) : roundSteps(to),
  };
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

function linear(max: number, { from, to }: Stretch): (value: number) => number {
  return (value) => from + (value / max) * (to - from);
}

function logarithmic(min: number, max: number, { from, to }: Stretch): (value: number) => number {
  return (value) => from + (Math.log(value / min) / Math.log(max / min)) * (to - from);
}

/** The powers of ten between two values. */
function decades(from: number, to: number): number[] {
  const first = Math.ceil(Math.log10(from));
  const count = Math.floor(Math.log10(to)) - first + 1;
  return Array.from({ length: count }, (_, index) => 10 ** (first + index));
}

/** A few round numbers from 0 on. */
function roundSteps(max: number): number[] {
  const rough = max / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

function drawRates({ points: [first] }: Chart, { y, ticks }: Scales): Svg {
  const lines = ticks.map((rate) => {
    const label = text(PLOT.left - 8, y(rate) + 4, grouped(rate), {
      ...SMALL,
      'text-anchor': 'end',
    });
    return level(y(rate), GRID) + label;
  });
  const unit = text(PLOT.left - 8, PLOT.top - 14, first?.unit ?? '', {
    ...SMALL,
    'text-anchor': 'end',
  });
  return unit + lines.join('') + level(PLOT.bottom, FAINT);
}

function level(y: number, stroke: string): Svg {
  const ends: readonly Point[] = [
    [PLOT.left, y],
    [PLOT.right, y],
  ];
  return element('path', { d: line(ends), stroke });
}

/**
 * Below each point, how far the work has grown, and what the sidecar reaches of the limit there.
 */
function drawGrowth({ points, axis, format = grouped }: Chart, { x }: Scales): Svg {
  const rows = { label: PLOT.bottom + 20, ratio: PLOT.bottom + 40, axis: PLOT.bottom + 68 };
  const columns = points.map((point) => {
    const place = { ...SMALL, 'text-anchor': 'middle' };
    const ratio = resultOf(point).median.toFixed(2);
    return (
      text(x(point.at), rows.label, format(point.at), { ...place, fill: INK }) +
      text(x(point.at), rows.ratio, ratio, { ...place, fill: SIDES.sidecar })
    );
  });
  const title = text((PLOT.left + PLOT.right) / 2, rows.axis, axis, {
    ...SMALL,
    'text-anchor': 'middle',
  });
  return (
    columns.join('') + text(16, rows.ratio, 'of limit', { ...SMALL, fill: SIDES.sidecar }) + title
  );
}

/** A line through the medians, in a band from the lowest to the highest. */
function drawSide(side: Side, points: readonly ChartPoint[], { x, y }: Scales): Svg {
  const spreads = points.map((point) => ({ at: x(point.at), ...spreadOf(point[side]) }));
  const upper = spreads.map(({ at, max }): Point => [at, y(max)]);
  const lower = spreads.map(({ at, min }): Point => [at, y(min)]).toReversed();
  const medians = spreads.map(({ at, median }): Point => [at, y(median)]);
  const fill = SIDES[side];
  return [
    element('path', { d: `${line([...upper, ...lower])}z`, fill, 'fill-opacity': 0.13 }),
    element('path', { d: line(medians), fill: 'none', stroke: fill, 'stroke-width': 2 }),
    ...medians.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill })),
  ].join('');
}

/** Each name at the end of its line, moved apart where the lines meet. */
function drawNames(points: readonly ChartPoint[], { y }: Scales): Svg {
  const endOf = (side: Side): number => y(spreadOf(points.at(-1)?.[side] ?? []).median);
  const [limit, sidecar] = [endOf('limit'), endOf('sidecar')];
  const middle = (limit + sidecar) / 2;
  const apart = Math.max(Math.abs(limit - sidecar) / 2, 8) * (limit <= sidecar ? 1 : -1);
  return drawName('limit', middle - apart) + drawName('sidecar', middle + apart);
}

function drawName(side: Side, y: number): Svg {
  return text(PLOT.right, y + 4, side, { 'font-size': 13, 'font-weight': 600, fill: SIDES[side] });
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
