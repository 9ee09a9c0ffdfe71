import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startCollector, type Manner } from '../helpers/collector.ts';
import { within } from '../helpers/until.ts';
import { readTraces } from '../../telemetry/trace/otlp.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tracedHops.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../telemetry/register.ts', import.meta.url));

interface Run {
  readonly code: number | null;
  /** What it told, in order. */
  readonly told: readonly Record<string, unknown>[];
  readonly lines: readonly Record<string, unknown>[];
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
  const lines = out.split('\n').filter((line) => line !== '');
  return { code, told, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const ok: Manner = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

const toJson = (url: string): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
});

test('with an endpoint, spans, metrics and logs are sent there, as one service', async (t) => {
  const { url, requests } = await startCollector(t, ok);
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
  const { url, requests } = await startCollector(t, ok);
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
