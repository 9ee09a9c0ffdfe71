import type { TestContext } from 'node:test';
import { createHealth } from '../../../src/sidecar/health.ts';
import type { Settled, HopProcessor } from '../../../src/hop/hop.ts';
import { compose } from '../../../src/compose.ts';
import type { Message } from '../../../src/transport/message.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { createTelemetry, type TelemetryOptions } from '../../../telemetry/telemetry.ts';
import { hopOf, type Given } from '../envelopes/hops.ts';
import { readSeries, scrape, serveMetrics, type Series } from './scrape.ts';

let actors = 0;

/** Telemetry of an actor that no other test has, and its series; an SDK has to run. */
export async function openMeter(t: TestContext, options: Partial<TelemetryOptions> = {}) {
  const actor = `actor-${++actors}`;
  const health = createHealth();
  const telemetry = createTelemetry({
    actor,
    version: '1.2.3',
    transport: 'memory',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    concurrency: 4,
    runtimeProtocol: 'payload',
    socketPath: '/run/asya-runtime.sock',
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
    compose<HopProcessor>([...telemetry.work], async () => settled)(hopOf({ actor, ...given }));
  return { actor, health, telemetry, url, read, valueOf, run };
}

function isIn(part: Series['labels'], whole: Series['labels']): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}

/** A transport of which only sending is asked. */
export function sends(send: Transport['send']): Transport {
  const no = (): Promise<never> => Promise.reject(new Error('not asked here'));
  return { send, receive: no, ack: no, nack: no, close: no };
}

export function messageOf(kind: string): Message {
  const about = { kind, envelopeId: 'env-1', parentId: undefined, journeyId: 'env-1' };
  return { body: Buffer.from('{}'), headers: {}, about };
}
