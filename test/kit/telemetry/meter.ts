import type { TestContext } from 'node:test';
import { Health } from '../../../src/sidecar/health.ts';
import type { DispatchKind, Settled, HopProcessor } from '../../../src/hop/hop.ts';
import { compose } from '../../../src/compose.ts';
import type { Deliver } from '../../../src/sidecar/deliver.ts';
import type { WaitingCounts } from '../../../src/transport/inspection/inspectableTransport.ts';
import type { Publish } from '../../../src/sidecar/encodeDispatch.ts';
import { createTelemetry } from '../../../telemetry/telemetry.ts';
import type { QueueCounts } from '../../../telemetry/metrics/measuring.ts';
import type { TelemetryOptions } from '../../../telemetry/telemetryOptions.ts';
import { hopOf, type Given } from '../envelopes/hops.ts';
import { readSeries, scrape, serveMetrics, type Series } from './scrape.ts';

let actors = 0;

/** Creates telemetry for a new actor, and reads its series. Requires a running SDK. */
export async function openMeter(t: TestContext, options: Partial<TelemetryOptions> = {}) {
  const actor = `actor-${++actors}`;
  const health = new Health();
  const telemetry = createTelemetry({
    actor,
    version: '1.2.3',
    transport: 'memory',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    concurrency: 4,
    runtimeProtocol: 'payload',
    runtimeAddress: { transport: 'unix', path: '/run/asya-runtime.sock' },
    namespace: 'asya_actor',
    maxGapMs: 1_000,
    maxFanout: 100,
    logLevel: 'silent',
    logFormat: 'json',
    health,
    ...options,
  });
  t.after(() => telemetry.shutdown(0));
  const url = await serveMetrics(t, telemetry.metricsHandler);
  const read = async (): Promise<Series[]> =>
    readSeries(await scrape(url)).filter(
      ({ labels }) => labels['actor'] === (options.actor ?? actor),
    );
  const valueOf = async (
    name: string,
    labels: Series['labels'] = {},
  ): Promise<number | undefined> =>
    (await read()).find((series) => series.name === name && isIn(labels, series.labels))?.value;
  const run = (settled: Settled, given: Given = {}): Promise<Settled> =>
    compose<HopProcessor>(
      [telemetry.traceHops(), telemetry.observeHops],
      async () => settled,
    )(hopOf({ actor, ...given }));
  /** Makes one publish through the observer of publishes. */
  const publish = (to: string, kind: DispatchKind, deliver: Deliver): Promise<void> =>
    compose<Deliver>([telemetry.observePublishes], deliver)(publishOf(to, kind));
  return { actor, health, telemetry, url, read, valueOf, run, publish };
}

function isIn(part: Series['labels'], whole: Series['labels']): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}

/** A broker that reports these counts. */
export function countsOf({
  ready,
  ...waiting
}: WaitingCounts & { readonly ready?: number }): QueueCounts {
  return { depth: async () => ready, countWaiting: async () => waiting };
}

/** A publish with an empty envelope. */
export function publishOf(to: string, kind: DispatchKind = 'next'): Publish {
  const ids = { envelopeId: 'env-1', parentId: undefined, journeyId: 'env-1' };
  const message = { body: Buffer.from('{}'), headers: {} };
  return { to, kind, message, delayMs: 0, ...ids, fanoutSize: 1 };
}
