import type { EChartsOption, GraphSeriesOption } from 'echarts';
import { lastValue, type NamedSeries, type PanelContent } from './panelContent.ts';
import { FAINT, namedColor, PANEL, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

const DIAMETER = 76;
const MARGIN = { left: 180, right: 180, top: 90, bottom: 90 } as const;

/** Actors in columns by their distance from the first actor, and the messages between them. */
export function nodeGraphChart({ series, toS }: PanelContent): EChartsOption {
  const current = series.filter((one) => lastValue(one, toS) !== undefined);
  const nodes = current.filter(({ refId }) => refId === 'nodes');
  const edges = current.filter(({ refId }) => refId === 'edges');
  const positions = positionsOf(nodes, edges);
  const rate = (one: NamedSeries): string => formatValue(lastValue(one, toS) ?? 0, 'ops');
  return {
    series: [
      {
        ...GRAPH,
        data: nodes.map((node) => actorNode(node, rate(node), positions)),
        links: edges
          .filter(({ metric }) => metric['source'] !== metric['target'])
          .map((edge) => messageEdge(edge, rate(edge))),
      },
    ],
  };
}

const GRAPH: GraphSeriesOption = {
  type: 'graph',
  layout: 'none',
  preserveAspect: true,
  silent: true,
  ...MARGIN,
  symbolSize: DIAMETER,
  edgeSymbol: ['none', 'arrow'],
  edgeSymbolSize: 11,
  itemStyle: { color: PANEL, borderColor: namedColor('green'), borderWidth: 2 },
  lineStyle: { color: FAINT, width: 1.5, opacity: 1 },
};

function actorNode(
  { metric }: NamedSeries,
  rate: string,
  positions: ReadonlyMap<string, Position>,
) {
  const id = metric['id'] ?? '';
  return {
    id,
    name: id,
    ...positions.get(id),
    label: {
      show: true,
      position: 'inside' as const,
      color: TEXT,
      fontSize: 12,
      lineHeight: 17,
      formatter: `${rate}\n${metric['title'] ?? ''}`,
    },
  };
}

function messageEdge({ metric }: NamedSeries, rate: string) {
  return {
    source: metric['source'] ?? '',
    target: metric['target'] ?? '',
    label: {
      show: true,
      color: TEXT,
      fontSize: 12,
      formatter: rate,
      backgroundColor: PANEL,
      padding: [2, 6],
    },
  };
}

interface Position {
  readonly x: number;
  readonly y: number;
}

function positionsOf(
  nodes: readonly NamedSeries[],
  edges: readonly NamedSeries[],
): Map<string, Position> {
  const depths = depthsOf(nodes, edges);
  const columns = Map.groupBy(depths.keys(), (id) => depths.get(id) ?? 0);
  return new Map(
    [...columns].flatMap(([depth, ids]) =>
      ids.map((id, row): [string, Position] => [
        id,
        { x: depth * 500, y: (row - (ids.length - 1) / 2) * 160 },
      ]),
    ),
  );
}

/** The length of the longest path to each actor. Cycles end after as many rounds as actors. */
function depthsOf(
  nodes: readonly NamedSeries[],
  edges: readonly NamedSeries[],
): Map<string, number> {
  const depths = new Map(nodes.map(({ metric }) => [metric['id'] ?? '', 0]));
  for (let round = 0; round < nodes.length; round++) {
    for (const { metric } of edges) {
      const depth = (depths.get(metric['source'] ?? '') ?? 0) + 1;
      const target = metric['target'] ?? '';
      if (depth > (depths.get(target) ?? 0) && depth < nodes.length) depths.set(target, depth);
    }
  }
  return depths;
}
