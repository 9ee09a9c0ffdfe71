import { edgeKey } from './block.ts';
import type { NodeKind } from './metrics.ts';

/** A card of the graph. The name identifies it. */
export interface GraphNode {
  readonly name: string;
  readonly kind: NodeKind;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** Nodes and edges in an order that does not depend on the order of the input. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Edges that influence the positions. */
  readonly flows: readonly GraphEdge[];
  /** Edges from a node to itself. */
  readonly loops: readonly GraphEdge[];
  /** Edges to error-end. */
  readonly errors: readonly GraphEdge[];
  readonly errorEnd: GraphNode | undefined;
}

/** Leaves out doubled edges, edges of unknown nodes, and those from error-end: it sends nothing. */
export function createGraph(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Graph {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sorted = [...byName.values()].toSorted((a, b) => compare(a.name, b.name));
  const errorEnd = sorted.find(({ kind }) => kind === 'error_end');
  const unique = new Map(edges.map((edge) => [edgeKey(edge), edge]));
  const drawn = [...unique.values()]
    .filter(({ from, to }) => byName.has(from) && byName.has(to) && from !== errorEnd?.name)
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
  const isError = ({ to }: GraphEdge): boolean => to === errorEnd?.name;
  const isLoop = ({ from, to }: GraphEdge): boolean => from === to;
  return {
    nodes: sorted,
    flows: drawn.filter((edge) => !isError(edge) && !isLoop(edge)),
    loops: drawn.filter(isLoop),
    errors: drawn.filter(isError),
    errorEnd,
  };
}

/** By code units, so that the order is the same in every locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
