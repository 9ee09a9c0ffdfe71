/** A share from 0 to 1 as a CSS length. One of a damaged time is not outside of the axis. */
export function percent(share: number): string {
  return `${(Math.min(1, Math.max(0, share || 0)) * 100).toFixed(3)}%`;
}
