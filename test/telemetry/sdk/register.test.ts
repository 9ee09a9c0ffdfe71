import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CATALOGUE } from '../../../telemetry/metrics/instruments.ts';
import { startCollector, takesAll } from '../../kit/telemetry/collector.ts';
import { startGrpcCollector } from '../../kit/telemetry/grpcCollector.ts';
import { runHops, toJson } from '../../kit/telemetry/tracedHops.ts';
import { readTraces } from '../../../src/cli/trace/spans/otlp.ts';

test('spans, metrics and logs are sent to the endpoint as one service', async (t) => {
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
    for (const [signal, expected] of Object.entries({
      trace: 'process infer',
      metrics: 'asya_actor_messages_received_total',
      logs: 'messaging.process.exception',
    })) {
      const sent = [...requests]
        .filter(([path]) => path.includes(signal))
        .flatMap(([, bodies]) => bodies);
      assert.ok(sent.join('').includes(expected), signal);
    }
  });
}

test('the console exporter prints to the console', async (t) => {
  const { out } = await runHops(t, 1, {
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'console',
  });
  assert.match(out, /name: 'process infer'/);
  assert.match(out, /name: 'asya_actor_messages_received_total'/);
});

test('a collector receives the metrics of a scrape, always cumulative and with the same buckets', async (t) => {
  const { url, requests } = await startCollector(t, takesAll);
  const delta = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' };
  const { metrics } = await runHops(t, 3, { ...toJson(url), ...delta });
  const sent = metricsIn(requests.get('/v1/metrics')?.at(-1) ?? '');
  const scraped = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  const own = /^(?:asya_actor|process)_/;
  assert.deepEqual(
    sent
      .map(({ name }) => name)
      .filter((name) => own.test(name))
      .toSorted(),
    scraped.filter((name) => own.test(name)).toSorted(),
  );
  assert.ok(scraped.includes('process_cpu_seconds_total'));
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
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics);
}

test('without an endpoint nothing is sent, and log lines have ids', async (t) => {
  const { traceparents, status, metrics, lines, code } = await runHops(t, 2);
  assert.equal(code, 0);
  const [, traceId] = traceparents[0]?.split('-') ?? [];
  assert.match(traceId ?? '', /^(?!0{32})[0-9a-f]{32}$/);
  assert.equal(lines[0]?.['trace_id'], traceId);
  assert.equal(lines.length, 2, 'only the two lines of hops');
  assert.equal(status, 200);
  assert.match(metrics, /^target_info\{.*host_id=/m);
});

test('without an exporter of spans, a trace context is passed through unchanged', async (t) => {
  const sampled = `00-${'a'.repeat(32)}-1234567890abcdef-01`;
  const unsampled = `00-${'b'.repeat(32)}-1234567890abcdef-00`;
  const headers = [{ traceparent: sampled }, { traceparent: unsampled }];
  const { traceparents, lines, metrics } = await runHops(t, 2, {}, { headers });
  assert.deepEqual(traceparents, [sampled, unsampled]);
  assert.deepEqual(
    lines.map((line) => line['trace_id']),
    ['a'.repeat(32), 'b'.repeat(32)],
  );
  assert.doesNotMatch(metrics, /otel_sdk_span_started/);
});

test('a process with a disabled or an absent SDK processes hops', async (t) => {
  for (const [env, options, reason] of [
    [{ OTEL_SDK_DISABLED: 'true' }, {}, /OTEL_SDK_DISABLED is true/],
    [{}, { registered: false }, /start with --import telemetry\/register.ts/],
  ] as const) {
    const { code, traceparents, status, metrics, lines } = await runHops(t, 2, env, options);
    assert.equal(status, 503);
    assert.match(metrics, reason);
    assert.equal(code, 0);
    assert.deepEqual(traceparents, [null, null]);
    assert.equal(lines.length, 2);
  }
});

test('traces are written to a file, whose lines a collector accepts', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'asya-register-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'traces.otlp.jsonl');
  await Promise.all([1, 2].map(() => runHops(t, 600, { ASYA_TRACE_FILE: path })));
  const { spans, skippedLines } = readTraces(readFileSync(path, 'utf8'));
  assert.equal(spans.length, 1_200);
  assert.deepEqual(skippedLines, []);
});
