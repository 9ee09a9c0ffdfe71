import type { Buckets } from './counts.ts';

/**
 * Estimates a quantile of a histogram, as `histogram_quantile` of Prometheus does: observations are
 * spread evenly in their bucket, and those above the highest bound count as that bound.
 * @param share from 0 to 1
 * @returns in the unit of the bounds; undefined without observations
 */
export function quantileOf(buckets: Buckets, share: number): number | undefined {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  let [lowerBound, lowerCount] = [0, 0];
  for (const [bound, count] of sorted) {
    if (count >= rank && count > lowerCount) {
      if (bound === Number.POSITIVE_INFINITY) return lowerBound;
      return lowerBound + (bound - lowerBound) * ((rank - lowerCount) / (count - lowerCount));
    }
    [lowerBound, lowerCount] = [bound, Math.max(count, lowerCount)];
  }
  return undefined;
}
