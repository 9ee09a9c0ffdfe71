/** Cards in columns, possibly in several rows of columns, with the edges between them. */
export interface Block {
  readonly columns: number;
  /** From the first to the last card across the flow. */
  readonly across: number;
  /** By the names of the nodes. */
  readonly cells: ReadonlyMap<string, Cell>;
  /**
   * Where an edge passes the columns between its ends, in its own order; by its `edgeKey`. An edge to
   * another row has one place: where it passes between the rows.
   */
  readonly passages: ReadonlyMap<string, readonly Cell[]>;
}

export interface Cell {
  /** From 0. */
  readonly column: number;
  /** The centre across the flow, from the start of the block. */
  readonly across: number;
  /** The row of columns. @default 0 */
  readonly row?: number;
}

/** Identifies an edge. Two edges have different keys, whatever their names contain. */
export function edgeKey(edge: { readonly from: string; readonly to: string }): string {
  return JSON.stringify([edge.from, edge.to]);
}

export function moveBlock(block: Block, columns: number, across: number): Block {
  const move = (cell: Cell): Cell => ({
    ...cell,
    column: cell.column + columns,
    across: cell.across + across,
  });
  return {
    ...block,
    cells: new Map([...block.cells].map(([name, cell]) => [name, move(cell)])),
    passages: new Map([...block.passages].map(([key, cells]) => [key, cells.map(move)])),
  };
}
