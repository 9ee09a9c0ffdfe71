import type { Block, Cell } from './block.ts';
import { connectedComponents } from './connectedComponents.ts';
import { arrangeInColumns } from './dagreColumns.ts';
import type { Graph, GraphNode } from './graph.ts';
import { sizeOf, type Metrics } from './metrics.ts';
import { packBlocks } from './packing.ts';
import { breakIntoRows } from './rows.ts';

/** A block that contains all nodes of a graph. */
export interface Placement extends Block {
  /** The place across the flow where all edges to error-end run next to each other. */
  readonly rail: number;
}

/**
 * Connected nodes are arranged by dagre, single ones in a grid; error-end comes last. Edges to
 * error-end do not influence the positions, because nearly every actor has one.
 */
export function placeNodes(graph: Graph, metrics: Metrics): Placement {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const blocks = connectedComponents(graph.flows).map((flows) => {
    const names = new Set(flows.flatMap(({ from, to }) => [from, to]));
    const nodes = [...names].toSorted().flatMap((name) => byName.get(name) ?? []);
    return breakIntoRows(arrangeInColumns(nodes, flows, metrics), nodes, flows, metrics);
  });
  const connected = new Set(blocks.flatMap(({ cells }) => [...cells.keys()]));
  const single = graph.nodes.filter((it) => !connected.has(it.name) && it !== graph.errorEnd);
  const actors = single.filter(({ kind }) => kind !== 'happy_end');
  const ends = single.filter(({ kind }) => kind === 'happy_end');
  const packed = packBlocks(
    blocks,
    actors.map(({ name }) => name),
    metrics,
  );
  return addErrorEnd(
    ends.reduce((block, end) => addEnd(block, end, metrics), packed),
    graph,
    metrics,
  );
}

/** Adds an end that no edge leads to, in a column of its own. */
function addEnd(block: Block, { name, kind }: GraphNode, metrics: Metrics): Block {
  const { across } = sizeOf(kind, metrics);
  return {
    ...block,
    columns: block.columns + 1,
    across: Math.max(block.across, across),
    cells: new Map([...block.cells, [name, { column: block.columns, across: across / 2 }]]),
  };
}

/**
 * Adds error-end: on a wide screen in the last column, below all cards, because the rail must not
 * cross them; on a phone after the last column.
 */
function addErrorEnd(block: Block, graph: Graph, metrics: Metrics): Placement {
  const { gapAcross, direction } = metrics;
  const { errorEnd } = graph;
  if (errorEnd === undefined) return { ...block, rail: block.across };
  const half = sizeOf('error_end', metrics).across / 2;
  const isFirst = block.columns === 0;
  const isBelow = direction === 'right' && !isFirst;
  const cards = graph.errors.length > 0 ? block.across : lastColumnAcross(block, graph, metrics);
  const rail = isBelow ? cards + gapAcross + half : block.across + gapAcross;
  const cell: Cell = isBelow
    ? { column: block.columns - 1, across: rail }
    : { column: block.columns, across: isFirst ? half : block.across / 2 };
  return {
    ...block,
    columns: Math.max(block.columns, cell.column + 1),
    across: Math.max(block.across, graph.errors.length > 0 ? rail : 0, cell.across + half),
    cells: new Map([...block.cells, [errorEnd.name, cell]]),
    rail,
  };
}

/** Where the cards of the last column end. */
function lastColumnAcross(block: Block, { nodes }: Graph, metrics: Metrics): number {
  const ends = nodes.flatMap(({ name, kind }) => {
    const cell = block.cells.get(name);
    const isLast = cell?.column === block.columns - 1;
    return isLast ? cell.across + sizeOf(kind, metrics).across / 2 : [];
  });
  return Math.max(0, ...ends);
}
