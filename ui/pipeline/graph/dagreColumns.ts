import { Graph, layout } from '@dagrejs/dagre';
import { edgeKey, moveBlock, type Block, type Cell } from './block.ts';
import type { GraphEdge, GraphNode } from './graph.ts';
import { sizeOf, type Metrics } from './metrics.ts';

/**
 * Arranges the nodes of a connected graph in columns by dagre, so that few edges cross. Cycles are
 * allowed; one of their edges then leads back.
 */
export function arrangeInColumns(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  metrics: Metrics,
): Block {
  const placed = placeByDagre(nodes, edges, metrics);
  const xs = [...placed.centres.values()].map(({ x }) => x);
  const columnOf = new Map([...new Set(xs)].toSorted((a, b) => a - b).map((x, i) => [x, i]));
  const toCell = ({ x, y }: Point): Cell => ({ column: columnOf.get(x) ?? 0, across: y });
  const cells = mapValues(placed.centres, toCell);
  const passages = mapValues(placed.bends, (points) =>
    // The first and the last point are at the borders of the cards, others are between columns.
    points.filter(({ x }) => columnOf.has(x)).map(toCell),
  );
  return startAtZero({ columns: columnOf.size, across: 0, cells, passages }, nodes, metrics);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Placed {
  readonly centres: ReadonlyMap<string, Point>;
  /** By the keys of the edges. */
  readonly bends: ReadonlyMap<string, readonly Point[]>;
}

/** Between two edges that pass a column. */
const EDGE_GAP = 20;

/** The node ids are `n` and an index, because dagre uses them as keys of plain objects. */
function placeByDagre(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  metrics: Metrics,
): Placed {
  const graph = new Graph({ multigraph: true });
  const { columnAlong, gapAlong, gapAcross } = metrics;
  graph.setGraph({ rankdir: 'LR', nodesep: gapAcross, edgesep: EDGE_GAP, ranksep: gapAlong });
  const ids = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  for (const { name, kind } of nodes) {
    graph.setNode(idOf(name), { width: columnAlong, height: sizeOf(kind, metrics).across });
  }
  for (const { from, to } of edges) graph.setEdge(idOf(from), idOf(to), {});
  layout(graph, { useDynamic: false });
  const round = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) });
  return {
    centres: new Map(nodes.map(({ name }) => [name, round(graph.node(idOf(name)))])),
    bends: new Map(
      edges.map((edge) => {
        const points: readonly Point[] = graph.edge(idOf(edge.from), idOf(edge.to)).points;
        return [edgeKey(edge), points.map(round)];
      }),
    ),
  };
}

/** Moves the block so that its first card or edge across the flow begins at 0. */
function startAtZero(block: Block, nodes: readonly GraphNode[], metrics: Metrics): Block {
  const halves = new Map(nodes.map(({ name, kind }) => [name, sizeOf(kind, metrics).across / 2]));
  const bends = [...block.passages.values()].flat().map(({ across }) => ({ across, half: 0 }));
  const cards = [...block.cells].map(([name, { across }]) => ({
    across,
    half: halves.get(name) ?? 0,
  }));
  const start = Math.min(...[...bends, ...cards].map(({ across, half }) => across - half));
  const end = Math.max(...[...bends, ...cards].map(({ across, half }) => across + half));
  return { ...moveBlock(block, 0, -start), across: end - start };
}

function mapValues<V, W>(map: ReadonlyMap<string, V>, change: (value: V) => W): Map<string, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
