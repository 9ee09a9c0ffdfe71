import type { PlacedNode } from './layout.ts';

type ArrowKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

export function isArrowKey(key: string): key is ArrowKey {
  return Object.hasOwn(DIRECTIONS, key);
}

/** The nearest card on the side of an arrow key; undefined if there is none. */
export function neighbourOf(
  nodes: readonly PlacedNode[],
  name: string,
  key: ArrowKey,
): string | undefined {
  const from = nodes.find((node) => node.name === name);
  if (from === undefined) return nodes[0]?.name;
  const [dx, dy] = DIRECTIONS[key];
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const node of nodes) {
    const x = centreX(node) - centreX(from);
    const y = centreY(node) - centreY(from);
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    const distance = ahead + ASIDE_WEIGHT * aside;
    const isAhead = ahead > 0 && ahead >= aside / MAX_SLOPE;
    if (isAhead && (nearest === undefined || distance < nearest.distance))
      nearest = { name: node.name, distance };
  }
  return nearest?.name;
}

const DIRECTIONS: Readonly<Record<ArrowKey, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A card straight ahead is preferred to one that is nearer, but off to the side. */
const ASIDE_WEIGHT = 2;
const MAX_SLOPE = 4;

function centreX({ left, width }: PlacedNode): number {
  return left + width / 2;
}

function centreY({ top, height }: PlacedNode): number {
  return top + height / 2;
}
