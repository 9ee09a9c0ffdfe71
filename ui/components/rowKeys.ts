/**
 * The row that a key moves to, as an index; undefined for other keys. `page` is the number of rows
 * that are visible at once.
 */
export function rowAfterKey(
  key: string,
  current: number,
  { count, page }: { readonly count: number; readonly page: number },
): number | undefined {
  const moves: ReadonlyMap<string, number> = new Map([
    ['ArrowDown', current + 1],
    ['ArrowUp', current - 1],
    ['PageDown', current + page],
    ['PageUp', current - page],
    ['Home', 0],
    ['End', count - 1],
  ]);
  const target = moves.get(key);
  if (target === undefined || count === 0) return undefined;
  return Math.min(Math.max(target, 0), count - 1);
}
