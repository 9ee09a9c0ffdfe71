import type { Graph } from './graph.ts';
import { MARGIN, sizeOf, type Metrics, type Size } from './metrics.ts';
import type { Placement } from './placement.ts';

/** A card in the coordinates of the flow. */
export interface Box {
  readonly row: number;
  readonly column: number;
  /** The centre. */
  readonly along: number;
  readonly across: number;
  readonly size: Size;
}

/** The boxes of all nodes, by their names. */
export function placeBoxes(
  { nodes }: Graph,
  { cells }: Placement,
  metrics: Metrics,
): ReadonlyMap<string, Box> {
  return new Map(
    nodes.flatMap(({ name, kind }) => {
      const cell = cells.get(name);
      if (cell === undefined) return [];
      const along = columnStart(cell.column, metrics) + metrics.columnAlong / 2;
      const across = cell.across + MARGIN;
      const { row = 0, column } = cell;
      return [[name, { row, column, along, across, size: sizeOf(kind, metrics) }]];
    }),
  );
}

/** Whether an edge leads with the flow. One against it closes a cycle. */
export function isWithFlow(from: Box, to: Box): boolean {
  return from.row === to.row ? from.column < to.column : from.row < to.row;
}

export function columnStart(column: number, { columnAlong, gapAlong }: Metrics): number {
  return MARGIN + column * (columnAlong + gapAlong);
}

/** The border of a box against the flow. */
export function startOf({ along, size }: Box): number {
  return along - size.along / 2;
}

/** The border of a box with the flow. */
export function endOf({ along, size }: Box): number {
  return along + size.along / 2;
}
