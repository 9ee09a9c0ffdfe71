import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { openMeter } from '../../kit/telemetry/meter.ts';
import { startPrometheus } from '../../kit/telemetry/prometheusServer.ts';
import { checkMetrics, findPrometheus } from '../../kit/telemetry/monitoringPrograms.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { scrape } from '../../kit/telemetry/scrape.ts';
import { until } from '../../kit/processes/until.ts';

/** Resource attributes with a name that Prometheus refuses, and with two names of one label. */
const resource = resourceFromAttributes({ '1st': 'x', 'team.name': 'a', team_name: 'b' });
const sdk = startRecordedSdk({ resource });
after(() => sdk.close());

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
const { skip } = findPrometheus();

async function setup(t: TestContext) {
  const { url, run } = await openMeter(t);
  return {
    url,
    /** Runs a hop; returns its trace id. */
    run: async (headers = {}): Promise<string> => {
      sdk.takeSpans();
      await run({ name: 'forward', dispatched: 1 }, { envelope: { headers } });
      return sdk.takeSpans()[0]?.spanContext().traceId ?? 'not sampled';
    },
  };
}

test('a scraper that accepts OpenMetrics receives the last sampled trace of each bucket', async (t) => {
  const { url, run } = await setup(t);
  const [, last] = [await run(), await run()];
  await run({ traceparent: '00-11111111111111111111111111111111-2222222222222222-00' });
  const text = await scrape(url, OPENMETRICS);
  const exemplars = [
    ...text.matchAll(/^asya_actor_processing_duration_seconds_bucket.* # \{trace_id="(\w+)"/gm),
  ];
  assert.ok(exemplars.some(([, traceId]) => traceId === last));
  assert.ok(exemplars.length <= 2);
  assert.doesNotMatch(text, /1{32}/);
  assert.match(text, /^# TYPE asya_actor_messages_received counter$/m);
  assert.match(text, /^asya_actor_messages_received_total\{/m);
  assert.match(text, /^# UNIT messaging_process_duration_seconds seconds$/m);
  assert.match(text, /^target_info\{/m);
  assert.ok(text.endsWith('# EOF\n'));
});

test("other scrapers receive the exporter's text, without exemplars", async (t) => {
  const { url, run } = await setup(t);
  await run();
  const text = await scrape(url);
  assert.match(text, /^asya_actor_processing_duration_seconds_bucket/m);
  assert.doesNotMatch(text, /trace_id|# EOF/);
});

for (const [format, accept] of Object.entries({ OpenMetrics: OPENMETRICS, text: 'text/plain' })) {
  test(`in ${format}, resource attributes have label names that Prometheus accepts`, async (t) => {
    const { url } = await setup(t);
    const [info = ''] = /^target_info\{.*$/m.exec(await scrape(url, accept)) ?? [];
    assert.match(info, /[{,]_1st="x"[,}]/);
    assert.match(info, /[{,]team_name="a;b"[,}]/);
    assert.equal(info.match(/team_name/g)?.length, 1);
  });
}

test('promtool accepts the text', { skip }, async (t) => {
  const { url } = await setup(t);
  const { status, stderr } = checkMetrics(await scrape(url));
  assert.equal(status, 0, stderr);
});

test('a real Prometheus stores the exemplars', { skip }, async (t) => {
  const { url, run } = await setup(t);
  const traceId = await run();
  const ask = await openApi(t, new URL(url).host);
  const query = 'asya_actor_processing_duration_seconds_bucket';
  await until(async () => {
    const { data } = (await ask(
      `query_exemplars?query=${query}&start=0&end=9999999999`,
    )) as Exemplars;
    return data.some(({ exemplars }) =>
      exemplars.some(({ labels }) => labels['trace_id'] === traceId),
    );
  }, 'the exemplar');
  const { data } = (await ask('targets')) as Targets;
  assert.deepEqual(
    data.activeTargets.map(({ health, lastError }) => [health, lastError]),
    [['up', '']],
  );
});

interface Exemplars {
  readonly data: readonly { exemplars: readonly { labels: Record<string, string> }[] }[];
}

interface Targets {
  readonly data: { activeTargets: readonly { health: string; lastError: string }[] };
}

/**
 * Starts a Prometheus that scrapes a target every 100 ms; returns a function that queries its API.
 */
async function openApi(
  t: TestContext,
  target: string,
): Promise<(path: string) => Promise<unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'asya-prometheus-'));
  const config = {
    scrape_configs: [
      {
        job_name: 'asya',
        scrape_interval: '100ms',
        scrape_timeout: '100ms',
        static_configs: [{ targets: [target] }],
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const { url, close } = await startPrometheus(folder);
  t.after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  return async (path) => (await fetch(`${url}/api/v1/${path}`)).json();
}
