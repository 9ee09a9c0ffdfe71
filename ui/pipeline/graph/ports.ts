import { edgeKey } from './block.ts';
import { isWithFlow, type Box } from './boxes.ts';
import type { GraphEdge } from './graph.ts';

/** Where an edge touches its cards, in pixels across the flow from the centres of the cards. */
export interface EdgePorts {
  readonly from: number;
  readonly to: number;
}

/**
 * Spreads the edges of each side of a card in the order of the cards at their other ends, so that
 * they do not cross in front of the card. The result is by `edgeKey`.
 */
export function assignPorts(
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, Box>,
): ReadonlyMap<string, EdgePorts> {
  const sides = new Map<string, Touch[]>();
  for (const touch of edges.flatMap((edge) => touchesOf(edge, boxes))) {
    const side = sides.get(touch.side);
    if (side === undefined) sides.set(touch.side, [touch]);
    else side.push(touch);
  }
  const ports = new Map(edges.map((edge) => [edgeKey(edge), { from: 0, to: 0 }]));
  for (const touches of sides.values()) {
    for (const [index, { edge, end, limit }] of touches.toSorted(compare).entries()) {
      const port = ports.get(edge);
      if (port !== undefined) port[end] = offsetOf(index, touches.length, limit);
    }
  }
  return ports;
}

/** One end of an edge. */
interface Touch {
  readonly edge: string;
  readonly end: 'from' | 'to';
  /** Identifies the card and its side. */
  readonly side: string;
  /** The place of the card at the other end across the flow. */
  readonly otherAcross: number;
  /** The greatest distance of a port from the centre of the card. */
  readonly limit: number;
}

function touchesOf(edge: GraphEdge, boxes: ReadonlyMap<string, Box>): Touch[] {
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  if (from === undefined || to === undefined) return [];
  const key = edgeKey(edge);
  const sides = isWithFlow(from, to) ? ['end', 'start'] : ['start', 'end'];
  const touch = (end: 'from' | 'to', box: Box, other: Box, side: string | undefined): Touch => ({
    edge: key,
    end,
    side: JSON.stringify([edge[end], side]),
    otherAcross: other.across,
    limit: box.size.across * PORT_RANGE,
  });
  return [touch('from', from, to, sides[0]), touch('to', to, from, sides[1])];
}

/** The part of a side, from its centre, that has ports. */
const PORT_RANGE = 0.17;

function compare(a: Touch, b: Touch): number {
  if (a.otherAcross !== b.otherAcross) return a.otherAcross - b.otherAcross;
  return a.edge < b.edge ? -1 : 1;
}

const PORT_GAP = 14;

function offsetOf(index: number, count: number, limit: number): number {
  if (count === 1) return 0;
  const gap = Math.min(PORT_GAP, (2 * limit) / (count - 1));
  return Math.round((index - (count - 1) / 2) * gap);
}
