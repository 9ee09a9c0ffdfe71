/** Rows above and below the visible ones, so that scrolling shows no gap. */
const MARGIN_ROWS = 10;

export interface Scroll {
  readonly top: number;
  readonly height: number;
}

/** The rows to render of a list with `count` rows of one height, in pixels. */
export function windowOf(
  { top, height }: Scroll,
  rowHeight: number,
  count: number,
): { readonly first: number; readonly end: number } {
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN_ROWS);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + MARGIN_ROWS);
  return { first: Math.min(first, Math.max(0, count - 1)), end };
}
