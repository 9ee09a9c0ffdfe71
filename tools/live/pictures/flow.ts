import { FAINT, named, PANEL, TEXT } from './colors.ts';
import { lastOf, type Area, type FilledPanel, type NamedSeries } from './panel.ts';
import { element, line, text, type Point, type Svg } from './svg.ts';
import { formatted } from './units.ts';

const RADIUS = 34;

/** Who sends to whom: actors in columns, by how many hops they are from the first. */
export function drawFlow({ series, toS }: FilledPanel, area: Area): Svg {
  const now = series.filter((one) => lastOf(one, toS) !== undefined);
  const nodes = now.filter(({ refId }) => refId === 'nodes');
  const arrows = now.filter(({ refId }) => refId === 'edges');
  const places = placed(nodes, arrows, area);
  const stat = (one: NamedSeries): string => formatted(lastOf(one, toS) ?? 0, 'ops');
  const drawn = arrows.flatMap((arrow) => {
    const from = places.get(arrow.metric['source'] ?? '');
    const to = places.get(arrow.metric['target'] ?? '');
    // What an actor sends to itself has no way to be drawn along.
    return from === undefined || to === undefined || from === to
      ? []
      : drawArrow(from, to, stat(arrow));
  });
  const circles = nodes.map((node) => {
    const [x, y] = places.get(node.metric['id'] ?? '') ?? [0, 0];
    const middle = { fill: TEXT, 'font-size': 13, 'text-anchor': 'middle' };
    const circle = {
      cx: x,
      cy: y,
      r: RADIUS,
      fill: PANEL,
      stroke: named('green'),
      'stroke-width': 2,
    };
    return [
      element('circle', circle),
      text(x, y + 5, stat(node), middle),
      text(x, y + RADIUS + 20, node.metric['title'] ?? '', middle),
    ].join('');
  });
  return [...drawn, ...circles].join('');
}

function placed(
  nodes: readonly NamedSeries[],
  arrows: readonly NamedSeries[],
  area: Area,
): Map<string, Point> {
  const ids = nodes.map(({ metric }) => metric['id'] ?? '');
  const depths = new Map(ids.map((id) => [id, 0]));
  // As often as there are actors is as far as a chain of them can reach.
  for (const _ of ids) {
    for (const { metric } of arrows) {
      const behind = (depths.get(metric['source'] ?? '') ?? 0) + 1;
      const target = metric['target'] ?? '';
      if (behind > (depths.get(target) ?? 0) && behind < ids.length) depths.set(target, behind);
    }
  }
  const columns = Object.values(Object.groupBy(ids, (id) => String(depths.get(id))));
  return new Map(
    columns.flatMap((column = [], index) =>
      column.map((id, row): [string, Point] => [
        id,
        [
          area.x + (area.width * (index + 0.5)) / columns.length,
          area.y + (area.height * (row + 0.5)) / column.length - 10,
        ],
      ]),
    ),
  );
}

function drawArrow([fromX, fromY]: Point, [toX, toY]: Point, label: string): Svg {
  const length = Math.hypot(toX - fromX, toY - fromY);
  const [dx, dy] = [(toX - fromX) / length, (toY - fromY) / length];
  const end: Point = [toX - dx * (RADIUS + 4), toY - dy * (RADIUS + 4)];
  const start: Point = [fromX + dx * RADIUS, fromY + dy * RADIUS];
  const back = (side: number): Point => [
    end[0] - dx * 10 + dy * 5 * side,
    end[1] - dy * 10 - dx * 5 * side,
  ];
  const middle = { fill: TEXT, 'font-size': 12, 'text-anchor': 'middle' };
  return [
    element('path', { d: line([start, end]), stroke: FAINT, 'stroke-width': 1.5 }),
    element('path', { d: `${line([end, back(1), back(-1)])}Z`, fill: FAINT }),
    text((fromX + toX) / 2, (fromY + toY) / 2 - 8, label, middle),
  ].join('');
}
