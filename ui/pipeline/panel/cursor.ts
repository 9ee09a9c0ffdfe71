import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';

const MINUTE = 60_000;
/** The time that a chart shows. */
export const WINDOW_MS = 10 * MINUTE;

/** The space around the lines of a chart, in CSS pixels. */
export const PLOT = { left: 52, right: 16, top: 10, bottom: 22 } as const;

/** The point whose time is nearest to a place of the pointer; undefined outside of the lines. */
export function pointAt(
  points: readonly HistoryPoint[],
  x: number,
  chartWidth: number,
  endMs: number,
): HistoryPoint | undefined {
  const part = (x - PLOT.left) / (chartWidth - PLOT.left - PLOT.right);
  if (!(part >= 0 && part <= 1)) return undefined;
  const timeMs = endMs - (1 - part) * WINDOW_MS;
  const distance = (point: HistoryPoint): number => Math.abs(Date.parse(point.time) - timeMs);
  return points.reduce<HistoryPoint | undefined>(
    (nearest, point) =>
      nearest === undefined || distance(point) < distance(nearest) ? point : nearest,
    undefined,
  );
}

/** Where a time is between the first (0) and the last (1) one that a chart shows. */
export function partAt(time: string, endMs: number): number {
  return Math.min(1, Math.max(0, 1 - (endMs - Date.parse(time)) / WINDOW_MS));
}
