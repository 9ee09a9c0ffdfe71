/** The rows of a long list that are in the document: `from` up to, but not including, `to`. */
export interface RowWindow {
  readonly from: number;
  readonly to: number;
}

export interface Viewport {
  /** All sizes are in CSS pixels. */
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
}

/** Rows above and below the visible ones, so that scrolling shows no empty space. */
const OVERSCAN = 8;

/** Returns the rows that are visible, and some around them. */
export function windowOf({ scrollTop, height, rowHeight }: Viewport, count: number): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - OVERSCAN;
  const visible = Math.ceil(height / rowHeight) + 2 * OVERSCAN;
  const from = Math.max(0, Math.min(first, count - visible));
  return { from, to: Math.min(count, from + visible) };
}
