import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startCollector, type Manner } from '../../kit/telemetry/collector.ts';
import { readSeries, scrape } from '../../kit/telemetry/scrape.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
} from '../../kit/processes/sidecarProcess.ts';
import { runHops, toJson } from '../../kit/telemetry/tracedHops.ts';
import { until } from '../../kit/processes/until.ts';

/** Sidecar processes whose collector fails. */

const ENVELOPES = Array.from({ length: 40 }, (_, index) =>
  JSON.stringify({ id: `env-${index}`, route: { actors: ['happy-end'], current: 0 }, payload: 0 }),
);

/**
 * Small queues with long timeouts: the exporter is always busy, and code that waited for it would
 * make the test time out.
 */
const QUEUES = {
  OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
  OTEL_METRIC_EXPORT_INTERVAL: '600000',
  OTEL_METRIC_EXPORT_TIMEOUT: '600000',
  ...Object.fromEntries(
    ['BSP', 'BLRP'].flatMap((queue) => [
      [`OTEL_${queue}_EXPORT_TIMEOUT`, '600000'],
      [`OTEL_${queue}_SCHEDULE_DELAY`, '1'],
      [`OTEL_${queue}_MAX_QUEUE_SIZE`, '8'],
      [`OTEL_${queue}_MAX_EXPORT_BATCH_SIZE`, '4'],
    ]),
  ),
};

const refusals: readonly Manner[] = [
  (response) => response.writeHead(429, { 'retry-after': '60' }).end(),
  (response) => response.writeHead(500).end(),
  (response) => response.writeHead(503).end(),
  (response) => response.destroy(),
];
let refused = 0;

test('a collector that never answers delays neither hops nor the exit, and the SDK counts what it drops', async (t) => {
  const { url } = await startCollector(t, () => {});
  assert.deepEqual(await passAll(t, url), { span: ['queue_full'], log: ['queue_full'] });
});

test('a collector that throttles, fails, is overloaded or disconnects delays nothing', async (t) => {
  const { url } = await startCollector(t, (response) =>
    refusals[refused++ % refusals.length]?.(response),
  );
  await passAll(t, url);
});

test('an unreachable collector delays nothing', async (t) => {
  await passAll(t, 'http://127.0.0.1:9');
});

/**
 * Sends envelopes through an end until the SDK drops telemetry, and stops it; returns the reasons
 * of the drops.
 */
async function passAll(t: TestContext, collector: string): Promise<Record<string, string[]>> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-collectors-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const transport = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const end = { ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none' };
  const sidecar = await startSidecarProcess({
    ...transport,
    ...end,
    ...QUEUES,
    ...toJson(collector),
  });
  t.after(sidecar.close);
  await sidecar.ready();

  const { code, err } = await runBin(['send', '-'], transport, ENVELOPES.join('\n'));
  assert.equal(code, 0, err);
  for (const _ of ENVELOPES) await sidecar.logged('hop: end');
  const losses: Record<string, string[]> = {};
  for (const what of ['span', 'log']) {
    await until(async () => {
      losses[what] = await lossesAt(sidecar, what);
      return losses[what].length > 0;
    }, `the count of each ${what} that is lost`);
  }
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  return losses;
}

async function lossesAt({ url }: SidecarProcess, what: string): Promise<string[]> {
  const processed = readSeries(await scrape(`${url}/metrics`)).filter(
    ({ name }) => name === `otel_sdk_processor_${what}_processed_total`,
  );
  return processed.flatMap(({ labels }) => labels['error_type'] ?? []);
}

test('an unreachable collector is logged once per cause', async (t) => {
  const { code, lines } = await runHops(t, 2_500, {
    ...toJson('http://127.0.0.1:9'),
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_EXPORTER_OTLP_TIMEOUT: '50',
  });
  assert.equal(code, 0);
  const said = lines.map(({ opentelemetry }) => opentelemetry).filter((text) => text !== undefined);
  assert.ok(said.length > 0);
  assert.equal(new Set(said).size, said.length);
});
