import type { Figure } from './figures.ts';
import { measureBatches } from './batches.ts';
import { measureLatency } from './latency.ts';
import { measurePeaks } from './peak.ts';
import { measureIdle, measureMemory } from './processCosts.ts';
import {
  measureConcurrencyGrowth,
  measureEach,
  measurePayloadGrowth,
  measureReplicaGrowth,
  measureRouteGrowth,
} from './growth.ts';
import { measureUrls } from './urls.ts';
import { measureSizing } from './sizing.ts';
import type { RateOptions } from './rates.ts';
import type { Bench } from './bench.ts';

export interface Scenario {
  /** Number of envelopes that the runtime returns for one. */
  readonly copies?: number;
  readonly run: (bench: Bench) => Promise<readonly Figure[]>;
}

const SMALL = 200;
const SAMPLED = {
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.01',
  OTEL_LOGS_EXPORTER: 'none',
  ASYA_LOG_LEVEL: 'warn',
};
const MB = 1_000_000;
/**
 * A sidecar runs for days. After 20,000 hops V8 still spends an eighth of the process's time on
 * compilation, and the remaining code runs more slowly.
 */
const WARM_UP = { payloadBytes: SMALL, hops: 80_000 };

/** The scenarios by their name on the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  c1: rates([
    {
      name: 'concurrency 1',
      concurrency: 1,
      hops: 1_500,
      // Fewer than elsewhere, because hops at concurrency 1 are slow.
      warmUp: { hops: 30_000 },
      payloadBytes: SMALL,
      target: 0.9,
    },
  ]),
  c10: rates([
    {
      name: 'concurrency 10',
      concurrency: 10,
      hops: 6_000,
      warmUp: WARM_UP,
      payloadBytes: SMALL,
      target: 0.85,
    },
  ]),
  c100: rates([
    {
      name: 'concurrency 100',
      concurrency: 100,
      hops: 10_000,
      warmUp: WARM_UP,
      payloadBytes: SMALL,
      target: 0.8,
    },
  ]),
  payloads: rates([
    {
      name: '100 kB payloads',
      concurrency: 10,
      hops: 1_500,
      warmUp: WARM_UP,
      payloadBytes: 100_000,
    },
    {
      name: '1 MB payloads',
      concurrency: 4,
      hops: 150,
      warmUp: WARM_UP,
      payloadBytes: MB,
      target: 0.9,
    },
    {
      name: '10 MB payloads',
      concurrency: 4,
      hops: 20,
      warmUp: WARM_UP,
      payloadBytes: 10 * MB,
      target: 0.85,
    },
  ]),
  batch: { run: measureBatches },
  url: { run: measureUrls },
  latency: { run: measureLatency },
  idle: { run: measureIdle },
  memory: { run: measureMemory },
  peak: { run: measurePeaks },
  sizing: { run: measureSizing },
  telemetry: rates([
    {
      name: 'metrics and 1 % of traces, concurrency 100',
      concurrency: 100,
      hops: 10_000,
      warmUp: WARM_UP,
      payloadBytes: SMALL,
      target: 0.7,
      env: SAMPLED,
    },
  ]),
  'growing-payload': { run: measurePayloadGrowth },
  'growing-route': { run: measureRouteGrowth },
  'growing-concurrency': { run: measureConcurrencyGrowth },
  'growing-sidecars': { run: measureReplicaGrowth },
  fanout: {
    copies: 100,
    ...rates([
      {
        name: 'fan-out of 100',
        concurrency: 4,
        hops: 100,
        warmUp: { hops: WARM_UP.hops / 100 },
        payloadBytes: SMALL,
        target: 0.8,
        copies: 100,
      },
    ]),
  },
};

function rates(all: readonly RateOptions[]): Scenario {
  return { run: (bench) => measureEach(bench, all) };
}
