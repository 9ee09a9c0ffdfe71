import { useEffect, useState } from 'preact/hooks';
import { Rate as RateText } from '../components/Count.tsx';
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
    <span class="live-rate" title="All hops of the last minute, or since the connection">
      <RateText value={rate.hops} /> hops, <RateText value={rate.failed} /> failed
    </span>
  );
}
