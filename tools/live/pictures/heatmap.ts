import { createAxes, timeAxis } from './axes.ts';
import { FAINT, heat } from './colors.ts';
import { noData } from './graph.ts';
import { fieldOf, type Area, type FilledPanel, type NamedSeries } from './panel.ts';
import { boxes, element, text, type Svg } from './svg.ts';
import { formatted } from './units.ts';

/** A column for each time, a row for each bucket, the brighter the more. */
export function drawHeatmap({ panel, series, fromS, toS }: FilledPanel, area: Area): Svg {
  const rows = occupied(bucketsOf(series));
  if (rows.length === 0) return noData(panel, area);
  const plot = { x: area.x + 70, y: area.y + 4, width: area.width - 84, height: area.height - 30 };
  const axes = createAxes({ plot, fromS, toS, max: rows.length });
  const most = Math.max(...rows.flatMap(({ counts }) => [...counts.values()]));
  const times = [...(rows[0]?.counts.keys() ?? [])];
  const width = plot.width / Math.max(times.length, 1) - 1;
  const height = plot.height / rows.length - 1;
  const cells = rows.flatMap(({ counts }, row) =>
    [...counts]
      .filter(([, count]) => count > most * 1e-3)
      .map(([timeS, count]) => ({
        place: [axes.x(timeS), axes.y(row + 1)] as const,
        color: heat(count / most),
      })),
  );
  const colors = [...Map.groupBy(cells, ({ color }) => color)].map(([fill, group]) =>
    element('path', {
      fill,
      d: boxes(
        group.map(({ place }) => place),
        width,
        height,
      ),
    }),
  );
  const { unit = 's' } = fieldOf(panel);
  const every = Math.ceil(rows.length / 8);
  const labels = rows.map(({ le }, row) =>
    row % every === 0
      ? text(plot.x - 6, axes.y(row + 1) + 4, formatted(le, unit), {
          fill: FAINT,
          'font-size': 11,
          'text-anchor': 'end',
        })
      : '',
  );
  return [timeAxis(axes, { plot, fromS, toS }), ...colors, ...labels].join('');
}

interface Bucket {
  /** Its upper end. */
  readonly le: number;
  /** By time. */
  readonly counts: ReadonlyMap<number, number>;
}

/** A bucket of Prometheus has all below it, too. */
function bucketsOf(series: readonly NamedSeries[]): Bucket[] {
  const sorted = series
    .map(({ metric, points }) => ({
      le: Number(metric['le']?.replace('+Inf', 'Infinity')),
      points,
    }))
    .toSorted((one, other) => one.le - other.le);
  return sorted.map(({ le, points }, index) => {
    const below = new Map(sorted[index - 1]?.points);
    return {
      le,
      counts: new Map(points.map(([timeS, count]) => [timeS, count - (below.get(timeS) ?? 0)])),
    };
  });
}

/** Without the empty ones at both ends. */
function occupied(buckets: readonly Bucket[]): Bucket[] {
  const isUsed = ({ counts }: Bucket): boolean =>
    [...counts.values()].some((count) => count > 1e-6);
  return buckets.slice(Math.max(buckets.findIndex(isUsed), 0), buckets.findLastIndex(isUsed) + 1);
}
