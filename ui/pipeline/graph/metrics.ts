/** `right` for wide screens, `down` for phones. */
export type Direction = 'right' | 'down';

export type NodeKind = 'actor' | 'happy_end' | 'error_end';

/**
 * Sizes in CSS pixels at a scale of 1. `along` is the direction of the flow, `across` the other
 * one. Sizes do not depend on the numbers of a card, so that a change of a number moves nothing.
 */
export interface Metrics {
  readonly direction: Direction;
  /** The extent of a column along the flow. */
  readonly columnAlong: number;
  /** Between two columns. Edges change their row here. */
  readonly gapAlong: number;
  /** Between two cards of a column. */
  readonly gapAcross: number;
}

export interface Size {
  readonly along: number;
  readonly across: number;
}

/** Around the whole graph; has room for the loops of retries. */
export const MARGIN = 28;

const WIDTH = 244;
const HEIGHTS: Readonly<Record<NodeKind, number>> = { actor: 132, happy_end: 104, error_end: 104 };

export function metricsFor(direction: Direction): Metrics {
  return direction === 'right'
    ? { direction, columnAlong: WIDTH, gapAlong: 72, gapAcross: 32 }
    : { direction, columnAlong: HEIGHTS.actor, gapAlong: 56, gapAcross: 24 };
}

export function sizeOf(kind: NodeKind, { direction }: Metrics): Size {
  const height = HEIGHTS[kind];
  return direction === 'right'
    ? { along: WIDTH, across: height }
    : { along: height, across: WIDTH };
}
