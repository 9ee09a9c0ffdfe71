import { edgeKey, type Block, type Cell } from './block.ts';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { sizeOf, type Metrics } from './metrics.ts';

/** More columns are too small to be read when they fit into the width of a screen. */
const MAX_COLUMNS = 9;
const COLUMNS_OF_ROW = 7;
/** Between two rows, in gaps between two cards: an edge and the loops of retries pass here. */
const ROW_GAPS = 3;

/**
 * Breaks a long block into rows, like the lines of a text, where a single edge leads from one
 * column to the next. Edges to an end may lead to it from any row. A block without such places
 * stays as it is.
 */
export function breakIntoRows(
  block: Block,
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  metrics: Metrics,
): Block {
  if (metrics.direction !== 'right' || block.columns <= MAX_COLUMNS) return block;
  const ends = new Set(nodes.filter(({ kind }) => kind !== 'actor').map(({ name }) => name));
  const between = edges.filter(({ to }) => !ends.has(to));
  const starts = findStarts(block, between);
  if (starts === undefined) return block;
  const rowOf = (name: string): number => rowAt(starts, block.cells.get(name)?.column ?? 0);
  const within = edges.filter(({ from, to }) => rowOf(from) === rowOf(to));
  const rows = stackRows(
    starts,
    extentsOf(block, { nodes, edges: within }, starts, metrics),
    metrics,
  );
  const move = (cell: Cell): Cell => {
    const row = rowAt(starts, cell.column);
    const { firstColumn = 0, shift = 0 } = rows[row] ?? {};
    return { row, column: cell.column - firstColumn, across: cell.across + shift };
  };
  const cells = new Map([...block.cells].map(([name, cell]) => [name, move(cell)]));
  const passagesOf = (edge: GraphEdge): readonly Cell[] => {
    const { row: fromRow = 0, column = 0 } = cells.get(edge.from) ?? {};
    const toRow = cells.get(edge.to)?.row ?? 0;
    if (fromRow === toRow) return (block.passages.get(edgeKey(edge)) ?? []).map(move);
    const middle = (ROW_GAPS * metrics.gapAcross) / 2;
    return [{ row: fromRow, column, across: (rows[toRow]?.start ?? 0) - middle }];
  };
  const rowEnds = [...starts.slice(1), block.columns];
  return {
    columns: Math.max(...rowEnds.map((end, row) => end - (starts[row] ?? 0))),
    across: rows.at(-1)?.end ?? 0,
    cells,
    passages: new Map(edges.map((edge) => [edgeKey(edge), passagesOf(edge)])),
  };
}

function rowAt(starts: readonly number[], column: number): number {
  return starts.findLastIndex((start) => start <= column);
}

/** The first column of each row; undefined if a row would be too long. */
function findStarts(
  { columns, cells }: Block,
  edges: readonly GraphEdge[],
): readonly number[] | undefined {
  const spans = edges.map(({ from, to }) => ({
    from: cells.get(from)?.column ?? 0,
    to: cells.get(to)?.column ?? 0,
  }));
  const canStart = (column: number): boolean => {
    const crossing = spans.filter(({ from, to }) => from < column !== to < column);
    const [first] = crossing;
    return crossing.length === 1 && first?.from === column - 1 && first.to === column;
  };
  const length = Math.ceil(columns / Math.ceil(columns / COLUMNS_OF_ROW));
  const starts = [0];
  for (let start = 0; start + length < columns; start = starts.at(-1) ?? columns) {
    let next = start + length;
    while (next > start && !canStart(next)) next--;
    if (next === start) return undefined;
    starts.push(next);
  }
  return starts;
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

/** From the first to the last card or passage of each row, across the flow. */
function extentsOf(
  { cells, passages }: Block,
  /** The edges within the rows. */
  { nodes, edges }: Pick<Graph, 'nodes'> & { readonly edges: readonly GraphEdge[] },
  starts: readonly number[],
  metrics: Metrics,
): readonly Extent[] {
  const extents = starts.map(() => ({ start: Infinity, end: -Infinity }));
  const add = ({ column, across }: Cell, half: number): void => {
    const extent = extents[rowAt(starts, column)];
    if (extent === undefined) return;
    extent.start = Math.min(extent.start, across - half);
    extent.end = Math.max(extent.end, across + half);
  };
  for (const { name, kind } of nodes) {
    const cell = cells.get(name);
    if (cell !== undefined) add(cell, sizeOf(kind, metrics).across / 2);
  }
  for (const edge of edges) for (const cell of passages.get(edgeKey(edge)) ?? []) add(cell, 0);
  return extents;
}

interface Row extends Extent {
  readonly firstColumn: number;
  /** How far its cells move across the flow. */
  readonly shift: number;
}

function stackRows(
  starts: readonly number[],
  extents: readonly Extent[],
  { gapAcross }: Metrics,
): readonly Row[] {
  let start = 0;
  return extents.map((extent, index) => {
    const end = start + extent.end - extent.start;
    const row = { firstColumn: starts[index] ?? 0, shift: start - extent.start, start, end };
    start = end + ROW_GAPS * gapAcross;
    return row;
  });
}
