import { createAxes, timeAxis } from './axes.ts';
import { TEXT } from './colors.ts';
import { noData } from './graph.ts';
import { colorOf, fieldOf, type Area, type FilledPanel, type NamedSeries } from './panel.ts';
import { element, fitting, text, type Svg } from './svg.ts';

const NAMES = 190;

/** A bar for each series, coloured by its state. */
export function drawTimeline({ panel, series, fromS, toS }: FilledPanel, area: Area): Svg {
  if (series.length === 0) return noData(panel, area);
  const plot = {
    x: area.x + NAMES,
    y: area.y + 4,
    width: area.width - NAMES - 24,
    height: area.height - 30,
  };
  const axes = createAxes({ plot, fromS, toS, max: 1 });
  const height = plot.height / series.length;
  const bars = series.map(({ name, points }, index) => {
    const y = plot.y + index * height;
    const label = { fill: TEXT, 'font-size': 12, 'text-anchor': 'end' };
    const pieces = merged(points).map(({ fromS: start, toS: end, value }) =>
      element('rect', {
        x: axes.x(start),
        y: y + height * 0.1,
        width: axes.x(Math.min(end, toS)) - axes.x(start),
        height: height * 0.8,
        fill: colorOf(value, fieldOf(panel)),
        'fill-opacity': 0.75,
      }),
    );
    return text(plot.x - 8, y + height / 2 + 4, fitting(name, NAMES - 16), label) + pieces.join('');
  });
  return timeAxis(axes, { plot, fromS, toS }) + bars.join('');
}

interface Piece {
  readonly fromS: number;
  toS: number;
  readonly value: number;
}

/** Values that follow one another and are the same are one bar. */
function merged(points: NamedSeries['points']): Piece[] {
  const stepS = Math.min(
    ...points.slice(1).map(([timeS], index) => timeS - (points[index]?.[0] ?? 0)),
  );
  const pieces: Piece[] = [];
  for (const [timeS, value] of points) {
    const piece = pieces.at(-1);
    if (piece?.value === value && timeS - piece.toS < stepS / 2) piece.toS = timeS + stepS;
    else pieces.push({ fromS: timeS, toS: timeS + stepS, value });
  }
  return pieces;
}
