import type { Direction } from './metrics.ts';

/** A point in the coordinates of the flow. */
export interface FlowPoint {
  readonly along: number;
  readonly across: number;
}

/** The length of an arrowhead. A line ends where its arrowhead begins. */
export const ARROW = 8;

const ARROW_HALF = 5;

/** Builds the `d` of an SVG path from points in the coordinates of the flow. */
export class FlowPath {
  readonly #direction: Direction;
  readonly #commands: string[] = [];
  #last: FlowPoint = { along: 0, across: 0 };

  constructor(direction: Direction) {
    this.#direction = direction;
  }

  moveTo(point: FlowPoint): this {
    return this.#add('M', point);
  }

  lineTo(point: FlowPoint): this {
    return this.#add('L', point);
  }

  cubicTo(first: FlowPoint, second: FlowPoint, end: FlowPoint): this {
    return this.#add('C', first, second, end);
  }

  /** Leaves and arrives in the direction of the flow. */
  swingTo(end: FlowPoint): this {
    const middle = (this.#last.along + end.along) / 2;
    return this.cubicTo(
      { along: middle, across: this.#last.across },
      { along: middle, across: end.across },
      end,
    );
  }

  /** Straight lines with rounded corners, from the first point to the last one. */
  bendThrough(points: readonly FlowPoint[]): this {
    for (const [index, corner] of points.entries()) {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) this.moveTo(corner);
      else if (after === undefined) this.lineTo(corner);
      else this.#turn(before, corner, after);
    }
    return this;
  }

  /** A triangle whose tip is at `tip`; `from` is the last point of the line. */
  arrow(from: FlowPoint, tip: FlowPoint): this {
    const isAlong = Math.abs(tip.along - from.along) > Math.abs(tip.across - from.across);
    const side = (half: number): FlowPoint =>
      isAlong
        ? { along: from.along, across: from.across + half }
        : { along: from.along + half, across: from.across };
    return this.moveTo(side(-ARROW_HALF)).lineTo(tip).lineTo(side(ARROW_HALF));
  }

  toString(): string {
    return this.#commands.join('');
  }

  #turn(before: FlowPoint, corner: FlowPoint, after: FlowPoint): void {
    this.lineTo(towards(corner, before)).#add('Q', corner, towards(corner, after));
  }

  #add(command: string, ...points: readonly FlowPoint[]): this {
    const texts = points.map(({ along, across }) =>
      this.#direction === 'right' ? `${along} ${across}` : `${across} ${along}`,
    );
    this.#commands.push(command + texts.join(' '));
    this.#last = points.at(-1) ?? this.#last;
    return this;
  }
}

const CORNER_RADIUS = 8;

/** The point at the radius of a corner from `from`, at most half of the way to `to`. */
function towards(from: FlowPoint, to: FlowPoint): FlowPoint {
  const along = to.along - from.along;
  const across = to.across - from.across;
  const length = Math.abs(along) + Math.abs(across);
  if (length === 0) return from;
  const part = Math.min(CORNER_RADIUS / length, 1 / 2);
  return { along: from.along + along * part, across: from.across + across * part };
}
