const IDLE_WIDTH = 1.25;
const MIN_WIDTH = 1.75;
const WIDTH_PER_DECADE = 1.1;
const MAX_WIDTH = 7;
const SMALLEST_RATE = 0.1;

/** The width of an edge in pixels: it grows by the same amount with each tenfold rate. */
export function edgeWidth(perSecond: number | undefined): number {
  if (perSecond === undefined || perSecond <= 0) return IDLE_WIDTH;
  const decades = Math.log10(Math.max(1, perSecond / SMALLEST_RATE));
  return Math.min(MAX_WIDTH, MIN_WIDTH + WIDTH_PER_DECADE * decades);
}
