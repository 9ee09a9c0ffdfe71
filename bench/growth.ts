import { formatBytes, type Figure } from './figures.ts';
import { measureRates, type Load, type RateOptions } from './rates.ts';
import type { Bench } from './bench.ts';

const SMALL = 200;
const MB = 1_000_000;
const CONCURRENCY = 10;
/** For each process. It is short, because a scenario has many points. */
const WARM_UP = { payloadBytes: SMALL, routeLength: 1, hops: 10_000 };

/** Measures the rate at growing payload sizes. The other scenarios each grow one other quantity. */
export async function measurePayloadGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [100, 1_000, 10_000, 100_000, MB, 10 * MB].map((payloadBytes) => ({
    name: `payload ${formatBytes(payloadBytes)}`,
    at: payloadBytes,
    concurrency: CONCURRENCY,
    payloadBytes,
    hops: Math.max(CONCURRENCY, Math.min(1_500, (60 * MB) / payloadBytes)),
    warmUp: WARM_UP,
  }));
  return measureEach(bench, all);
}

export async function measureRouteGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [1, 10, 100, 1_000].map((routeLength) => ({
    name: `route of ${routeLength}`,
    at: routeLength,
    concurrency: CONCURRENCY,
    payloadBytes: SMALL,
    routeLength,
    hops: 1_500,
    warmUp: WARM_UP,
  }));
  return measureEach(bench, all);
}

export async function measureConcurrencyGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [1, 4, 16, 64, 256, 512].map((concurrency) => ({
    name: `concurrency ${concurrency}`,
    at: concurrency,
    concurrency,
    ...loadFor(concurrency),
  }));
  return measureEach(bench, all);
}

/** Measures the rate with more replicas of an actor, each at the default concurrency of 1. */
export async function measureReplicaGrowth(bench: Bench): Promise<readonly Figure[]> {
  const all = [1, 2, 4, 8, 16].map((replicas) => ({
    name: replicas === 1 ? '1 sidecar' : `${replicas} sidecars`,
    at: replicas,
    concurrency: 1,
    replicas,
    ...loadFor(replicas, replicas),
  }));
  return measureEach(bench, all);
}

/** Returns a load of one to two seconds for `atOnce` concurrent envelopes. */
function loadFor(atOnce: number, processes = 1): Pick<RateOptions, keyof Load | 'warmUp'> {
  const hops = Math.min(4_000, 300 + 120 * atOnce);
  return { payloadBytes: SMALL, hops, warmUp: { ...WARM_UP, hops: processes * WARM_UP.hops } };
}

export async function measureEach(
  { environment, queues, turns, nodeArguments, against, report }: Bench,
  all: readonly RateOptions[],
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const options of all) {
    const measured = await measureRates(environment, queues, turns, {
      ...options,
      nodeArguments,
      against,
    });
    measured.forEach(report);
    figures.push(...measured);
  }
  return figures;
}
