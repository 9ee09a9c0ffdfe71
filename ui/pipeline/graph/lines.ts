import type { Cell } from './block.ts';
import { columnStart, endOf, isWithFlow, startOf, type Box } from './boxes.ts';
import { ARROW, FlowPath, type FlowPoint } from './flowPath.ts';
import { MARGIN, type Metrics } from './metrics.ts';

/** An edge as two `d` of SVG paths. */
export interface Line {
  /** Begins at the border of a card, and ends at the base of the arrowhead. */
  readonly line: string;
  /** A triangle whose tip is at the border of a card. */
  readonly arrow: string;
}

export interface FlowEnds {
  readonly from: Box;
  readonly to: Box;
  /** Where the line touches the cards, from their centres. */
  readonly ports: { readonly from: number; readonly to: number };
  /** The columns that the line passes. */
  readonly passages: readonly Cell[];
}

/** A line that changes its row between columns, and crosses them straight. */
export function drawFlow({ from, to, ports, passages }: FlowEnds, metrics: Metrics): Line {
  if (from.row !== to.row) return drawRowBreak({ from, to, ports, passages }, metrics);
  const sign = isWithFlow(from, to) ? 1 : -1;
  const start = { along: border(from, sign), across: from.across + ports.from };
  const tip = { along: border(to, -sign), across: to.across + ports.to };
  const base = { along: tip.along - sign * ARROW, across: tip.across };
  const path = new FlowPath(metrics.direction).moveTo(start);
  for (const { column, across } of passages) {
    const first = columnStart(column, metrics);
    const last = first + metrics.columnAlong;
    const [enter, leave] = sign > 0 ? [first, last] : [last, first];
    const row = across + MARGIN;
    path.swingTo({ along: enter, across: row }).lineTo({ along: leave, across: row });
  }
  return finish(path.swingTo(base), base, tip, metrics);
}

/** A line to the first column of the next row, through the space between the rows. */
function drawRowBreak({ from, to, ports, passages }: FlowEnds, metrics: Metrics): Line {
  const [passage] = passages;
  const start = { along: endOf(from), across: from.across + ports.from };
  const tip = { along: startOf(to), across: to.across + ports.to };
  const base = { ...tip, along: tip.along - ARROW };
  const leave = columnStart(from.column, metrics) + metrics.columnAlong + ROW_INSET.leave;
  const enter = base.along - ROW_INSET.enter;
  const middle = (passage?.across ?? 0) + MARGIN;
  const path = new FlowPath(metrics.direction).bendThrough([
    start,
    { along: leave, across: start.across },
    { along: leave, across: middle },
    { along: enter, across: middle },
    { along: enter, across: base.across },
    base,
  ]);
  return finish(path, base, tip, metrics);
}

/** Beyond the line to error-end, and before the arrowhead; the margins have room for both. */
const ROW_INSET = { leave: 24, enter: 12 } as const;

/** A small arc above a card, from the card to itself. */
export function drawLoop(box: Box, metrics: Metrics): Line {
  const top = box.across - box.size.across / 2;
  const start = { along: endOf(box) - LOOP.start, across: top };
  const tip = { along: endOf(box) - LOOP.end, across: top };
  const base = { ...tip, across: top - ARROW };
  const height = top - LOOP.height;
  const path = new FlowPath(metrics.direction)
    .moveTo(start)
    .cubicTo({ ...start, across: height }, { ...tip, across: height }, base);
  return finish(path, base, tip, metrics);
}

const LOOP = { start: 24, end: 60, height: 24 } as const;

/**
 * A line to error-end: it leaves the card near its corner, and follows the space between two
 * columns to the rail that all these lines share.
 */
export function drawError(from: Box, to: Box, rail: number, metrics: Metrics): Line {
  const start = { along: endOf(from), across: from.across + from.size.across / 2 - ERROR_INSET };
  const lane = columnStart(from.column, metrics) + metrics.columnAlong + LANE_INSET;
  const toRail = [start, { ...start, along: lane }, { along: lane, across: rail }];
  const toEnd = to.across === rail ? [] : descent(to, rail);
  const sign = lane < to.along ? 1 : -1;
  const tip = { along: border(to, -sign), across: to.across };
  const base = { ...tip, along: tip.along - sign * ARROW };
  const path = new FlowPath(metrics.direction).bendThrough([...toRail, ...toEnd, base]);
  return finish(path, base, tip, metrics);
}

/** From the corner of a card. */
const ERROR_INSET = 18;

/** From a column into the space behind it. */
const LANE_INSET = 18;

/** From the rail to the centre of error-end, directly before its column. */
function descent(to: Box, rail: number): FlowPoint[] {
  const along = startOf(to) - LANE_INSET - ARROW;
  return [
    { along, across: rail },
    { along, across: to.across },
  ];
}

function border(box: Box, sign: number): number {
  return sign > 0 ? endOf(box) : startOf(box);
}

function finish(path: FlowPath, base: FlowPoint, tip: FlowPoint, metrics: Metrics): Line {
  const arrow = new FlowPath(metrics.direction).arrow(base, tip);
  return { line: path.toString(), arrow: arrow.toString() };
}
