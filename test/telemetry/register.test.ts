import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../../telemetry/instruments.ts';
import { startCollector, takesAll, type Manner } from '../helpers/collector.ts';
import { startGrpcCollector } from '../helpers/grpcCollector.ts';
import { within } from '../helpers/until.ts';
import { readTraces } from '../../telemetry/trace/otlp.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tracedHops.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../telemetry/register.ts', import.meta.url));

interface Run {
  readonly code: number | null;
  /** What it told, in order. */
  readonly told: readonly Record<string, unknown>[];
  readonly lines: readonly Record<string, unknown>[];
  /** Its standard output: the lines, and what else there is. */
  readonly out: string;
}

/** A process with telemetry registered, or without; nothing of this process's environment reaches it. */
async function runHops(
  t: TestContext,
  hops: number,
  env: Record<string, string> = {},
  { registered = true } = {},
): Promise<Run> {
  const child = fork(FIXTURE, [String(hops)], {
    execArgv: registered ? ['--import', REGISTER] : [],
    env: { PATH: process.env['PATH'], ASYA_ACTOR_NAME: 'infer', ...env },
    silent: true,
  });
  t.after(() => child.kill('SIGKILL'));
  const told: Record<string, unknown>[] = [];
  child.on('message', (message) => told.push(message as Record<string, unknown>));
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.pipe(process.stderr);
  const [code] = (await within(once(child, 'close'), 'the exit', 30_000)) as [number | null];
  const lines = out.split('\n').filter((line) => line.startsWith('{"'));
  return { code, told, out, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const toJson = (url: string): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
});

test('with an endpoint, spans, metrics and logs are sent there, as one service', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { code } = await runHops(t, 3, toJson(url));
  assert.equal(code, 0);
  const text = (path: string): string => (requests.get(path) ?? []).join('\n');

  const { spans } = readTraces(text('/v1/traces'));
  assert.equal(spans.length, 3);
  assert.match(text('/v1/metrics'), /"asya_actor_messages_received_total"/);
  assert.match(text('/v1/logs'), /"messaging.process.exception"/);
  assert.match(text('/v1/logs'), new RegExp(spans[0]?.traceId ?? 'no span'));
  for (const path of ['/v1/traces', '/v1/metrics', '/v1/logs']) {
    assert.match(text(path), /"service.name","value":\{"stringValue":"infer"\}/, path);
    assert.match(text(path), /"service.namespace","value":\{"stringValue":"asya"\}/, path);
    assert.doesNotMatch(text(path), /process\.command|process\.executable|process\.owner/, path);
  }
});

for (const [protocol, start] of Object.entries({
  'http/protobuf': (t: TestContext) => startCollector(t, takesAll),
  grpc: startGrpcCollector,
})) {
  test(`all three signals are sent over ${protocol}`, async (t) => {
    const { url, requests } = await start(t);
    const { code } = await runHops(t, 3, {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    });
    assert.equal(code, 0);
    for (const [signal, told] of Object.entries({
      trace: 'process infer',
      metrics: 'asya_actor_messages_received_total',
      logs: 'messaging.process.exception',
    })) {
      const sent = [...requests].filter(([path]) => path.includes(signal)).flatMap(([, bodies]) => bodies);
      assert.ok(sent.join('').includes(told), signal);
    }
  });
}

test('what is asked for on the console is printed there', async (t) => {
  const { out } = await runHops(t, 1, { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'console' });
  assert.match(out, /name: 'process infer'/);
  assert.match(out, /name: 'asya_actor_messages_received_total'/);
});

test('a collector gets the metrics that a scrape gets, histograms with their buckets', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { told } = await runHops(t, 3, toJson(url));
  const sent = metricsIn(requests.get('/v1/metrics')?.at(-1) ?? '');
  const scraped = String(told[1]?.['metrics'])
    .split('\n')
    .filter((line) => line.startsWith('# TYPE asya_actor_'))
    .map((line) => line.split(' ')[2] ?? '');
  assert.deepEqual(
    sent
      .map(({ name }) => name)
      .filter((name) => name.startsWith('asya_actor_'))
      .toSorted(),
    scraped.toSorted(),
  );
  const { unit, histogram } =
    sent.find(({ name }) => name === 'asya_actor_processing_duration_seconds') ?? {};
  const [point] = histogram?.dataPoints ?? [];
  assert.equal(unit, 's');
  assert.equal(histogram?.aggregationTemporality, CUMULATIVE);
  assert.deepEqual(point?.explicitBounds, CATALOGUE.processingDuration.buckets);
  assert.equal(point?.bucketCounts.length, point.explicitBounds.length + 1);
  assert.equal(
    point?.bucketCounts.reduce((sum, inBucket) => sum + inBucket, 0),
    3,
  );
  assert.equal(point?.count, 3);
});

const CUMULATIVE = 2;

interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly histogram?: {
    readonly aggregationTemporality: number;
    readonly dataPoints: readonly {
      readonly count: number;
      readonly explicitBounds: readonly number[];
      readonly bucketCounts: readonly number[];
    }[];
  };
}

function metricsIn(request: string): SentMetric[] {
  const { resourceMetrics } = JSON.parse(request) as {
    resourceMetrics: { scopeMetrics: { metrics: SentMetric[] }[] }[];
  };
  return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics);
}

test('without an endpoint nothing is sent, and ids are there all the same', async (t) => {
  const { told, lines, code } = await runHops(t, 2);
  assert.equal(code, 0);
  const [, traceId] = String(told[0]?.['traceparent']).split('-');
  assert.match(traceId ?? '', /^(?!0{32})[0-9a-f]{32}$/);
  assert.equal(lines[0]?.['trace_id'], traceId);
  assert.equal(lines.length, 2, 'nobody complained, be it about a collector');
  assert.equal(told[1]?.['status'], 200);
  assert.match(String(told[1]?.['metrics']), /^target_info\{.*host_id=/m);
});

test('nothing is sampled when nothing is to be, and the ids go on', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { told } = await runHops(t, 2, { ...toJson(url), OTEL_TRACES_SAMPLER: 'always_off' });
  assert.match(String(told[0]?.['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  assert.equal(requests.get('/v1/traces'), undefined);
});

test('switched off, or not loaded, everything still works', async (t) => {
  for (const [env, options, reason] of [
    [{ OTEL_SDK_DISABLED: 'true' }, {}, /OTEL_SDK_DISABLED is true/],
    [{}, { registered: false }, /start with --import telemetry\/register.ts/],
  ] as const) {
    const { code, told, lines } = await runHops(t, 2, env, options);
    assert.equal(told[1]?.['status'], 503);
    assert.match(String(told[1]?.['metrics']), reason);
    assert.equal(code, 0);
    assert.deepEqual(told[0], {});
    assert.equal(lines.length, 2);
  }
});

test('what the environment asks for and does not get is told', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'asya-register-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { lines } = await runHops(t, 1, {
    OTEL_CONFIG_FILE: '/etc/otel.yaml',
    OTEL_METRICS_EXPORTER: 'carrier-pigeon',
    OTEL_TRACES_EXPORTER: 'console',
    ASYA_TRACE_FILE: join(directory, 'traces.otlp.jsonl'),
  });
  assert.deepEqual(
    lines.filter(({ level }) => level === 40).map(({ msg }) => msg),
    [
      'OTEL_CONFIG_FILE is not read; the other OTEL_* variables are',
      'ASYA_TRACE_FILE is set: spans go to that file, and to no other exporter',
      'OTEL_METRICS_EXPORTER must be otlp, console, prometheus or none, not "carrier-pigeon"',
    ],
  );
});

test('traces go to a file, each line a request that a collector takes', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'asya-register-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'traces.otlp.jsonl');
  await Promise.all([1, 2].map(() => runHops(t, 600, { ASYA_TRACE_FILE: path })));
  const { spans, badLines } = readTraces(readFileSync(path, 'utf8'));
  assert.equal(spans.length, 1_200);
  assert.deepEqual(badLines, []);
});

const refusals: readonly Manner[] = [
  (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
  (response) => response.writeHead(500).end(),
  (response) => response.destroy(),
];
let refused = 0;
const manners: Record<string, Manner> = {
  'never answers': () => {},
  'asks for less, fails or cuts the line': (response) => refusals[refused++ % refusals.length]?.(response),
};
for (const [name, manner] of Object.entries(manners)) {
  test(`a collector that ${name} delays neither hops nor the exit`, async (t) => {
    const { url } = await startCollector(t, manner);
    // More than the queue of 2,048 spans takes.
    const { code, told } = await runHops(t, 2_500, { ...toJson(url), OTEL_BSP_SCHEDULE_DELAY: '10' });
    assert.deepEqual(told.at(-1), { hops: 2_500 });
    assert.equal(code, 0);
  });
}

test('neither does one that is not there, and the log says so, once for each cause', async (t) => {
  const { code, told, lines } = await runHops(t, 2_500, {
    ...toJson('http://127.0.0.1:9'),
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_EXPORTER_OTLP_TIMEOUT: '50',
  });
  assert.deepEqual(told.at(-1), { hops: 2_500 });
  assert.equal(code, 0);
  const said = lines.map(({ opentelemetry }) => opentelemetry).filter((text) => text !== undefined);
  assert.ok(said.length > 0);
  assert.equal(new Set(said).size, said.length);
});
