import { useEffect, useState } from 'preact/hooks';
import { formatRate } from '../components/format.ts';
import type { Rate } from './arrivalRate.ts';

const SECOND = 1_000;

/** The rate of all hops, whatever the filter is. */
export function LiveRate({ rateNow }: { readonly rateNow: () => Rate | undefined }) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), SECOND);
    return () => clearInterval(timer);
  }, []);
  const rate = rateNow();
  if (rate === undefined) return null;
  return (
    <span class="live-rate number" title="All hops of the last minute, or since the connection">
      {formatRate(rate.hops)} hops/s, {formatRate(rate.failed)} failed/s
    </span>
  );
}
