import type { Figure } from './figures.ts';
import { measureRates, type RateOptions } from './rates.ts';
import type { Bench } from './scenarios.ts';

/** How the rate changes as the work grows in one direction at a time. */

const SMALL = 200;
const MB = 1_000_000;

export async function measurePayloadGrowth(bench: Bench): Promise<readonly Figure[]> {
  const sizes = { '100 B': 100, '1 kB': 1_000, '10 kB': 10_000, '100 kB': 100_000, '1 MB': MB };
  const all = Object.entries(sizes).map(([name, payloadBytes]) => ({
    name: `payload ${name}`,
    concurrency: 10,
    payloadBytes,
    hops: Math.min(3_000, Math.ceil((60 * MB) / payloadBytes)),
  }));
  return measureEach(bench, all);
}

export async function measureRouteGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [1, 10, 100, 1_000].map((routeLength) => ({
    name: `route of ${routeLength}`,
    concurrency: 10,
    payloadBytes: SMALL,
    routeLength,
    hops: 2_000,
  }));
  return measureEach(bench, all);
}

export async function measureConcurrencyGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [1, 4, 16, 64, 256, 512].map((concurrency) => ({
    name: `concurrency ${concurrency}`,
    concurrency,
    payloadBytes: SMALL,
    hops: concurrency === 1 ? 800 : 4_000,
  }));
  return measureEach(bench, all);
}

export async function measureEach(
  { place, queues, turns, nodeOptions, against, say }: Bench,
  all: readonly RateOptions[],
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const options of all) {
    const measured = await measureRates(place, queues, turns, { ...options, nodeOptions, against });
    measured.forEach(say);
    figures.push(...measured);
  }
  return figures;
}
