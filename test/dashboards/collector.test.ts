import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseDuration } from '../../src/config/formats/duration.ts';
import { readConfig } from '../../src/config/config.ts';
import { ASYA } from '../../telemetry/attributes.ts';
import { STATUS } from '../../telemetry/outcomes.ts';

/**
 * Checks the configuration of the collector without running it. The files of
 * `test/suites/backends/collector/` run it.
 */

interface Collector {
  readonly receivers: Readonly<Record<string, unknown>>;
  readonly processors: Readonly<Record<string, unknown>> & { readonly tail_sampling: TailSampling };
  readonly exporters: Readonly<Record<string, { readonly endpoint: string }>>;
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> };
}

type Pipeline = Readonly<Record<'receivers' | 'processors' | 'exporters', readonly string[]>>;

interface TailSampling {
  readonly decision_wait: string;
  readonly num_traces: number;
  readonly decision_cache: { readonly sampled_cache_size: number };
  readonly policies: readonly {
    readonly name: string;
    readonly type: string;
    readonly string_attribute?: { readonly key: string; readonly values: readonly string[] };
    readonly ottl_condition?: { readonly span: readonly string[] };
  }[];
}

interface Services {
  readonly collector: { readonly environment: Readonly<Record<string, string>> };
  readonly [name: string]: unknown;
}

const COLLECTOR_FILE = 'dashboards/provisioning/collector.yaml';
const collector = read(COLLECTOR_FILE) as Collector;
const { services } = read('compose.observability.yaml') as { services: Services };

function readText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

function read(path: string): unknown {
  return parse(readText(path));
}

test('every signal has a pipeline, and every component is defined and used', () => {
  const { pipelines } = collector.service;
  assert.deepEqual(Object.keys(pipelines), ['traces', 'logs', 'metrics']);
  for (const part of ['receivers', 'processors', 'exporters'] as const) {
    const used = new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[part]));
    assert.deepEqual([...used].toSorted(), Object.keys(collector[part]).toSorted(), part);
  }
  for (const { processors } of Object.values(pipelines))
    assert.equal(processors[0], 'memory_limiter');
});

test('the collector exports to services of the compose file unless a variable names another', () => {
  const hosts = Object.values(collector.exporters).map(({ endpoint }) =>
    endpoint
      .replace(/^\$\{env:ASYA_(?:TRACES|LOGS)_ENDPOINT:-(.+)\}$/, '$1')
      .replace(/^http:\/\//, '')
      .replace(/:.*$/, ''),
  );
  assert.deepEqual(hosts, ['tempo', 'loki', '0.0.0.0']);
  for (const host of hosts.slice(0, -1)) assert.ok(host in services, host);
});

test('the compose file passes on each variable of the collector, with the same default', () => {
  const found = [...readText(COLLECTOR_FILE).matchAll(/\$\{env:(\w+):-([^}]+)\}/g)];
  const expected = found.map(([, name = '', value = '']) => [name, `\${${name}:-${value}}`]);
  assert.ok(expected.length > 0);
  assert.deepEqual(services.collector.environment, Object.fromEntries(expected));
});

test('the sampling policies keep failed and retried traces, and old journeys', () => {
  const { policies } = collector.processors.tail_sampling;
  const kept = Object.entries(STATUS).flatMap(([outcome, status]) =>
    status === 'error' || status === 'retry' ? [outcome] : [],
  );
  const { key, values = [] } =
    policies.find(({ name }) => name === 'failed')?.string_attribute ?? {};
  assert.equal(key, ASYA.outcome);
  assert.deepEqual(values.toSorted(), kept.toSorted());
  const atErrorEnd = policies.find(({ name }) => name === 'at error-end')?.string_attribute;
  assert.deepEqual(atErrorEnd, { key: ASYA.end, values: ['error-end'] });
  const { span = [] } = policies.find(({ name }) => name === 'slow journey')?.ottl_condition ?? {};
  assert.deepEqual(span, [`span.attributes["${ASYA.journeyAge}"] > 5`]);
});

test('traces wait for a failure longer than all attempts take, and decisions are kept longer', () => {
  const { decision_wait, decision_cache, num_traces } = collector.processors.tail_sampling;
  const { backoffMs, maxAttempts } = readConfig({ ASYA_ACTOR_NAME: 'infer' }).config.retry;
  const delays = Array.from(
    { length: maxAttempts - 1 },
    (_, at) => backoffMs.at(at) ?? backoffMs.at(-1) ?? 0,
  );
  assert.ok((parseDuration(decision_wait) ?? 0) > delays.reduce((sum, delay) => sum + delay, 0));
  assert.ok(decision_cache.sampled_cache_size >= 10 * num_traces);
});

test('each sampling policy has the settings of its type', () => {
  for (const policy of collector.processors.tail_sampling.policies) {
    assert.deepEqual(Object.keys(policy), ['name', 'type', policy.type]);
  }
});
