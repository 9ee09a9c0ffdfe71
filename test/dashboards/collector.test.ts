import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { STATUS } from '../../telemetry/outcomes.ts';

/** Checks the configuration of the collector without running it. */

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
  readonly decision_cache: Readonly<
    Record<'sampled_cache_size' | 'non_sampled_cache_size', number>
  >;
  readonly policies: readonly {
    readonly name: string;
    readonly type: string;
    readonly string_attribute?: { readonly key: string; readonly values: readonly string[] };
  }[];
}

const collector = read('dashboards/provisioning/collector.yaml') as Collector;
const { services } = read('compose.observability.yaml') as { services: Record<string, unknown> };

function read(path: string): unknown {
  return parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
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

test('the collector exports to services of the compose file', () => {
  const hosts = Object.values(collector.exporters).map(({ endpoint }) =>
    endpoint.replace(/^http:\/\//, '').replace(/:.*$/, ''),
  );
  assert.deepEqual(hosts, ['tempo', 'loki', '0.0.0.0']);
  for (const host of hosts.slice(0, -1)) assert.ok(host in services, host);
});

test('the sampling policy keeps failed traces, and its decision cache covers retries', () => {
  const { policies, decision_cache, num_traces } = collector.processors.tail_sampling;
  const failed = Object.entries(STATUS).flatMap(([outcome, status]) =>
    status === 'error' ? [outcome] : [],
  );
  const { key, values = [] } =
    policies.find(({ name }) => name === 'failed')?.string_attribute ?? {};
  assert.equal(key, 'asya.outcome');
  assert.deepEqual(values.toSorted(), failed.toSorted());
  for (const size of Object.values(decision_cache)) assert.ok(size >= 10 * num_traces);
});

test('each sampling policy has the settings of its type', () => {
  for (const policy of collector.processors.tail_sampling.policies) {
    assert.deepEqual(Object.keys(policy), ['name', 'type', policy.type]);
  }
});
