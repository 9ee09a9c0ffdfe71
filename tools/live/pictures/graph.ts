import { createAxes, timeAxis, valueAxis, type Axes } from './axes.ts';
import { FAINT, named, nth, TEXT } from './colors.ts';
import { fieldOf, overridden, type Area, type FilledPanel, type NamedSeries } from './panel.ts';
import { element, fitting, line, text, withoutMiddles, type Point, type Svg } from './svg.ts';
import { formatted } from './units.ts';

/** Lines or stacked areas over time, and a legend with the last value and the highest. */
export function drawGraph(filled: FilledPanel, area: Area): Svg {
  const { panel, fromS, toS } = filled;
  const { unit = 'short', max: fixedMax, custom } = fieldOf(panel);
  const stacked = custom?.stacking?.mode === 'normal';
  const curves = curvesOf(filled, stacked);
  if (curves.length === 0) return noData(panel, area);
  const legend = drawLegend(curves, filled, area);
  const plot: Area = {
    x: area.x + 70,
    y: area.y + 4,
    width: area.width - 84,
    height: area.height - legend.height - 28,
  };
  const peak = Math.max(...curves.flatMap(({ points }) => points.map(({ high }) => high)));
  const max = fixedMax ?? (peak > 0 ? peak * 1.05 : 1);
  const axes = createAxes({ plot, fromS, toS, max });
  return [
    timeAxis(axes, { plot, fromS, toS }),
    valueAxis(axes, plot, max, unit),
    ...curves.map((curve) => drawCurve(curve, axes, stacked)),
    ...limits(filled, axes, plot, max),
    legend.svg,
  ].join('');
}

interface Curve {
  readonly series: NamedSeries;
  readonly color: string;
  readonly points: readonly {
    readonly timeS: number;
    readonly low: number;
    readonly high: number;
  }[];
}

function curvesOf({ panel, series }: FilledPanel, stacked: boolean): Curve[] {
  const below = new Map<number, number>();
  return series.map((one, index) => ({
    series: one,
    color: colorOf(panel, one.name, index),
    points: one.points.map(([timeS, value]) => {
      const low = stacked ? (below.get(timeS) ?? 0) : 0;
      below.set(timeS, low + value);
      return { timeS, low, high: low + value };
    }),
  }));
}

function colorOf(panel: FilledPanel['panel'], name: string, index: number): string {
  const color = overridden(panel, name)['color'] as { fixedColor?: string } | undefined;
  return color?.fixedColor === undefined ? nth(index) : named(color.fixedColor);
}

/** A hole in the data is a hole in the line. */
function drawCurve({ color, points }: Curve, axes: Axes, stacked: boolean): Svg {
  const stepS = Math.min(
    ...points.slice(1).map(({ timeS }, index) => timeS - (points[index]?.timeS ?? 0)),
  );
  const pieces: (typeof points)[number][][] = [];
  for (const point of points) {
    const piece = pieces.at(-1);
    const previous = piece?.at(-1);
    if (piece !== undefined && previous !== undefined && point.timeS - previous.timeS < stepS * 1.5)
      piece.push(point);
    else pieces.push([point]);
  }
  return pieces
    .map((piece) => {
      const top = piece.map(({ timeS, high }): Point => [axes.x(timeS), axes.y(high)]);
      const bottom = piece
        .map(({ timeS, low }): Point => [axes.x(timeS), axes.y(low)])
        .toReversed();
      const area = `${line([...withoutMiddles(top), ...withoutMiddles(bottom)])}Z`;
      const fill = element('path', { d: area, fill: color, 'fill-opacity': stacked ? 0.4 : 0.1 });
      return (
        fill +
        element('path', {
          d: line(withoutMiddles(top)),
          stroke: color,
          'stroke-width': 1.5,
          fill: 'none',
        })
      );
    })
    .join('');
}

function limits({ panel }: FilledPanel, axes: Axes, { x, width }: Area, max: number): Svg[] {
  const { thresholds, custom } = fieldOf(panel);
  if (custom?.thresholdsStyle === undefined) return [];
  return (thresholds?.steps ?? []).flatMap(({ value, color }) => {
    if (value === null || value > max) return [];
    const d = line([
      [x, axes.y(value)],
      [x + width, axes.y(value)],
    ]);
    return element('path', { d, stroke: named(color), 'stroke-dasharray': '8 6' });
  });
}

const ROW = 18;

function drawLegend(
  curves: readonly Curve[],
  { panel }: FilledPanel,
  { x, y, width, height }: Area,
): { svg: Svg; height: number } {
  const { unit = 'short' } = fieldOf(panel);
  const room = Math.max(Math.floor((height * 0.4) / ROW) - 1, 1);
  const shown = curves.slice(0, room);
  const total = (shown.length + 1) * ROW + 6;
  const top = y + height - total + ROW;
  const right = x + width - 8;
  const cell = (content: string, at: number, row: number, fill: string): Svg =>
    text(at, top + row * ROW, content, { fill, 'font-size': 12, 'text-anchor': 'end' });
  const left = curves.length - shown.length;
  const head = [
    text(x + 8, top, left > 0 ? `and ${left} more` : '', { fill: FAINT, 'font-size': 11 }),
    cell('Last *', right - 80, 0, FAINT),
    cell('Max', right, 0, FAINT),
  ];
  const rows = shown.map(({ color, series }, index) => {
    const values = series.points.map(([, value]) => value);
    const last = values.at(-1);
    return [
      element('rect', {
        x: x + 8,
        y: top + (index + 1) * ROW - 6,
        width: 14,
        height: 4,
        rx: 2,
        fill: color,
      }),
      text(x + 28, top + (index + 1) * ROW, fitting(series.name, width - 210), {
        fill: TEXT,
        'font-size': 12,
      }),
      cell(last === undefined ? '' : formatted(last, unit), right - 80, index + 1, TEXT),
      cell(formatted(Math.max(...values), unit), right, index + 1, TEXT),
    ].join('');
  });
  return { svg: [...head, ...rows].join(''), height: total };
}

export function noData(panel: FilledPanel['panel'], area: Area): Svg {
  const { noValue = 'No data' } = fieldOf(panel);
  const middle = { fill: FAINT, 'font-size': 14, 'text-anchor': 'middle' };
  return text(area.x + area.width / 2, area.y + area.height / 2, noValue, middle);
}
