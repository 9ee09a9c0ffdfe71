import { edgeKey } from './block.ts';
import { columnStart, isWithFlow, placeBoxes, startOf, type Box } from './boxes.ts';
import { createGraph, type Graph, type GraphEdge, type GraphNode } from './graph.ts';
import { drawError, drawFlow, drawLoop, type Line } from './lines.ts';
import { MARGIN, metricsFor, type Direction, type Metrics } from './metrics.ts';
import { placeNodes, type Placement } from './placement.ts';
import { assignPorts } from './ports.ts';

/** Positions in CSS pixels at a scale of 1. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  /** In the order in which they are drawn. */
  readonly edges: readonly PlacedEdge[];
}

export interface PlacedNode extends GraphNode {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge extends GraphEdge, Line {
  /** `back` closes a cycle, `loop` is a retry, and `error` ends at error-end. */
  readonly kind: 'flow' | 'back' | 'loop' | 'error';
}

/**
 * Places the cards in columns along the direction of the flow. The space between two columns has no
 * cards; edges change their row only there, so that no edge crosses a card.
 *
 * The result depends on the set of names and edges only, and not on their order.
 */
export function layOut(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  direction: Direction,
): Layout {
  const graph = createGraph(nodes, edges);
  const metrics = metricsFor(direction);
  const placement = placeNodes(graph, metrics);
  const boxes = placeBoxes(graph, placement, metrics);
  const along = columnStart(placement.columns, metrics) - metrics.gapAlong + MARGIN;
  const across = placement.across + 2 * MARGIN;
  const isRight = direction === 'right';
  return {
    width: isRight ? along : across,
    height: isRight ? across : along,
    nodes: graph.nodes.flatMap((node) => placeNode(node, boxes.get(node.name), direction)),
    edges: drawEdges(graph, placement, boxes, metrics),
  };
}

function placeNode(node: GraphNode, box: Box | undefined, direction: Direction): PlacedNode[] {
  if (box === undefined) return [];
  const { along, across } = box.size;
  const start = startOf(box);
  const top = box.across - across / 2;
  return direction === 'right'
    ? [{ ...node, left: start, top, width: along, height: across }]
    : [{ ...node, left: top, top: start, width: across, height: along }];
}

/** Draws the edges to error-end first, because the others cross them. */
function drawEdges(
  graph: Graph,
  placement: Placement,
  boxes: ReadonlyMap<string, Box>,
  metrics: Metrics,
): PlacedEdge[] {
  const ports = assignPorts(graph.flows, boxes);
  const rail = placement.rail + MARGIN;
  const draw = (
    edges: readonly GraphEdge[],
    pen: (from: Box, to: Box, key: string) => Omit<PlacedEdge, keyof GraphEdge>,
  ): PlacedEdge[] =>
    edges.flatMap((edge) => {
      const from = boxes.get(edge.from);
      const to = boxes.get(edge.to);
      if (from === undefined || to === undefined) return [];
      return [{ ...edge, ...pen(from, to, edgeKey(edge)) }];
    });
  return [
    ...draw(graph.errors, (from, to) => ({ kind: 'error', ...drawError(from, to, rail, metrics) })),
    ...draw(graph.flows, (from, to, key) => ({
      kind: isWithFlow(from, to) ? 'flow' : 'back',
      ...drawFlow(
        {
          from,
          to,
          ports: ports.get(key) ?? { from: 0, to: 0 },
          passages: placement.passages.get(key) ?? [],
        },
        metrics,
      ),
    })),
    ...draw(graph.loops, (box) => ({ kind: 'loop', ...drawLoop(box, metrics) })),
  ];
}
