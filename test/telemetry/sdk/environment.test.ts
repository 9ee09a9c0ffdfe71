import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTraces } from '../../../src/cli/trace/spans/otlp.ts';
import { startCollector, takesAll } from '../../kit/telemetry/collector.ts';
import { runHops, toJson } from '../../kit/telemetry/tracedHops.ts';

/** The effects of the standard variables. */

const LOW = '00000000000000000000000000000001';
const HIGH = 'ffffffff000000000000000000000000';
const context = (trace: string, flags: string): string => `00-${trace}-1234567890abcdef-${flags}`;

const PARENTS = {
  none: {},
  'one that is sampled': { traceparent: context(HIGH, '01') },
  'one that is not': { traceparent: context(LOW, '00') },
};

/** Whether a hop is sampled that has no parent, a sampled parent, and an unsampled parent. */
const SAMPLERS: readonly [sampler: string, argument: string, sampled: readonly boolean[]][] = [
  ['', '', [true, true, false]],
  ['always_on', '', [true, true, true]],
  ['always_off', '', [false, false, false]],
  ['parentbased_always_on', '', [true, true, false]],
  ['parentbased_always_off', '', [false, true, false]],
  ['parentbased_traceidratio', '0', [false, true, false]],
  // Decides by the trace id alone.
  ['traceidratio', '0.5', [true, false, true]],
];

for (const [sampler, argument, sampled] of SAMPLERS) {
  test(`the sampler ${[sampler, argument].join(' ').trim() || 'of the default'} decides, and ids are propagated`, async (t) => {
    const { url, requests } = await startCollector(t, takesAll);
    const { traceparents } = await runHops(
      t,
      3,
      { ...toJson(url), OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument },
      { headers: Object.values(PARENTS) },
    );
    // With a ratio between 0 and 1, the decision for a new trace is random.
    const from = argument === '0.5' ? 1 : 0;
    const flags = traceparents.map((traceparent) => traceparent?.endsWith('-01'));
    assert.deepEqual(flags.slice(from), sampled.slice(from));
    const sent = readTraces((requests.get('/v1/traces') ?? []).join('\n')).spans.map(
      ({ traceId }) => traceId,
    );
    const expected = traceparents.filter((_, index) => flags[index]).map((it) => it?.split('-')[1]);
    assert.deepEqual(sent, expected);
  });
}

test('OTEL_PROPAGATORS chooses the transport headers with the trace context', async (t) => {
  const headers = [{ b3: `${LOW}-1234567890abcdef-1`, traceparent: context(HIGH, '01') }];
  for (const [propagators, expected] of Object.entries({
    tracecontext: new RegExp(`^00-${HIGH}-`),
    'b3,tracecontext': new RegExp(`^00-${HIGH}-`),
    b3: new RegExp(`^00-${LOW}-`),
    none: new RegExp(`^00-(?!${HIGH}|${LOW})`),
  })) {
    const { traceparents } = await runHops(t, 1, { OTEL_PROPAGATORS: propagators }, { headers });
    assert.match(traceparents[0] ?? '', expected, propagators);
  }
});

test('B3 headers are read in any letter case and in both encodings', async (t) => {
  const headers = [{ 'X-B3-TraceId': LOW, 'X-B3-SpanId': '1234567890abcdef', 'X-B3-Sampled': '1' }];
  for (const propagators of ['b3', 'b3multi', 'tracecontext,b3']) {
    const { traceparents } = await runHops(t, 1, { OTEL_PROPAGATORS: propagators }, { headers });
    assert.equal(traceparents[0], context(LOW, '01'), propagators);
  }
});

test('the standard variables set the resource, the queues and the limits', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { metrics } = await runHops(t, 1, {
    ...toJson(url),
    OTEL_SERVICE_NAME: 'shop-infer',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,deployment.environment.name=test',
    OTEL_BSP_MAX_QUEUE_SIZE: '77',
    OTEL_BLRP_MAX_QUEUE_SIZE: '78',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer hunter2',
  });
  assert.match(metrics, /^otel_sdk_processor_span_queue_capacity\{.*\} 77$/m);
  assert.match(metrics, /^otel_sdk_processor_log_queue_capacity\{.*\} 78$/m);
  const info = /^target_info\{.*$/m.exec(metrics)?.[0] ?? '';
  assert.match(info, /service_name="shop-infer"/);
  assert.match(info, /service_namespace="shop"/);
  assert.match(info, /deployment_environment_name="test"/);
  assert.doesNotMatch(info, /process_/);
  assert.doesNotMatch(metrics, /hunter2|tracedHops/);
  const [span] = readTraces((requests.get('/v1/traces') ?? []).join('\n')).spans;
  assert.equal(span?.attributes.get('asya.actor'), 'inf');
  assert.match(
    (requests.get('/v1/logs') ?? []).join('\n'),
    /"asya.actor","value":\{"stringValue":"inf"\}/,
  );
});

test('by default long values of spans are truncated, and those of log records later', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const actor = 'a'.repeat(2_000);
  await runHops(t, 1, { ...toJson(url), ASYA_ACTOR_NAME: actor });
  const [span] = readTraces((requests.get('/v1/traces') ?? []).join('\n')).spans;
  assert.equal(span?.attributes.get('asya.actor'), actor.slice(0, 1_024));
  const logs = (requests.get('/v1/logs') ?? []).join('\n');
  assert.ok(logs.includes(`"asya.actor","value":{"stringValue":"${actor}"}`));
});

test('each signal uses its own endpoint, and is not sent without one', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  await runHops(t, 1, {
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/logs-only`,
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
  });
  assert.deepEqual([...requests.keys()], ['/logs-only']);
});

test('a variable without effect causes a warning', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'asya-environment-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { lines, out } = await runHops(t, 1, {
    OTEL_CONFIG_FILE: '/etc/otel.yaml',
    OTEL_LOG_LEVEL: 'debug',
    OTEL_METRICS_EXPORTER: 'carrier-pigeon',
    OTEL_PROPAGATORS: 'tracecontext,smoke-signal',
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_TRACES_SAMPLER: 'sometimes',
    ASYA_TRACE_FILE: join(directory, 'traces.otlp.jsonl'),
  });
  assert.deepEqual(
    lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg),
    [
      'OTEL_CONFIG_FILE is not read; the other OTEL_* variables are',
      'ASYA_TRACE_FILE is set; spans are written only to that file',
      'OTEL_METRICS_EXPORTER must be otlp, console, prometheus or none, not "carrier-pigeon"',
      'OpenTelemetry: Propagator "smoke-signal" requested through environment variable is unavailable.',
      'OpenTelemetry: unknown OTEL_TRACES_SAMPLER value "sometimes", using default',
    ],
  );
  assert.equal(out.trim().split('\n').length, lines.length, 'only log lines are written');
});

test('each malformed variable causes a warning with its rule and without secrets', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const { lines, code } = await runHops(t, 1, {
    ...toJson(url),
    OTEL_RESOURCE_ATTRIBUTES: 'team=a,region',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hunter2,hunter3',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x y=hunter4',
    OTEL_METRIC_EXPORT_INTERVAL: '10s',
    OTEL_METRIC_EXPORT_TIMEOUT: '1e12',
    OTEL_EXPORTER_OTLP_TIMEOUT: '-1',
    OTEL_BSP_EXPORT_TIMEOUT: 'soon',
  });
  const duration = 'must be milliseconds, from 1 to 2147483647';
  assert.equal(code, 0);
  assert.deepEqual(
    lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg),
    [
      'OTEL_RESOURCE_ATTRIBUTES ignored: "region" must be key=value, at most 255 characters each, with "," and "=" percent-encoded',
      "OTEL_EXPORTER_OTLP_HEADERS: pair 2 must be name=value, with a header's name and a percent-encoded value",
      "OTEL_EXPORTER_OTLP_LOGS_HEADERS: pair 1 must be name=value, with a header's name and a percent-encoded value",
      `OTEL_METRIC_EXPORT_INTERVAL ${duration}, not "10s"; using the default`,
      `OTEL_METRIC_EXPORT_TIMEOUT ${duration}, not "1e12"; using the default`,
      `OTEL_EXPORTER_OTLP_TIMEOUT ${duration}, not "-1"; using the default`,
      `OTEL_BSP_EXPORT_TIMEOUT ${duration}, not "soon"; using the default`,
    ],
  );
  assert.ok(requests.has('/v1/traces'));
});

test('well-formed values cause no warning', async (t) => {
  const { url } = await startCollector(t, takesAll);
  const { lines } = await runHops(t, 1, {
    ...toJson(url),
    OTEL_RESOURCE_ATTRIBUTES: ' team.name = a%2Cb , empty=,',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic dXNlcjpwYXNz==,x-scope = a%20b',
    OTEL_METRIC_EXPORT_INTERVAL: ' 500 ',
    OTEL_METRIC_EXPORT_TIMEOUT: '',
  });
  assert.deepEqual(
    lines.filter(({ level }) => level === 'warn'),
    [],
  );
});

test('the standard variables set the queue of a trace file, and the SDK counts what it drops', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'asya-environment-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'traces.otlp.jsonl');
  const { metrics } = await runHops(t, 1_000, {
    ASYA_TRACE_FILE: path,
    OTEL_BSP_MAX_QUEUE_SIZE: '20',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
  });
  const dropped = Number(
    /^otel_sdk_processor_span_processed_total\{.*queue_full"\} (\d+)$/m.exec(metrics)?.[1],
  );
  assert.ok(dropped > 0);
  assert.equal(readTraces(readFileSync(path, 'utf8')).spans.length, 1_000 - dropped);
});
