import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import { readConfig } from '../../src/config/config.ts';
import { findPrometheus } from '../kit/telemetry/monitoringPrograms.ts';
import { parseQuery } from '../kit/dashboards/queryTree.ts';

const { tool, skip } = findPrometheus();

interface DataSource {
  readonly uid: string;
  readonly url: string;
  readonly jsonData: {
    readonly timeInterval?: string;
    readonly exemplarTraceIdDestinations?: readonly { name: string; datasourceUid: string }[];
    readonly tracesToLogsV2?: { datasourceUid: string; query: string };
    readonly tracesToMetrics?: { datasourceUid: string; queries: readonly { query: string }[] };
    readonly derivedFields?: readonly {
      datasourceUid?: string;
      matcherRegex: string;
      matcherType?: string;
    }[];
  };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
}

function read(path: string): unknown {
  return parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), { merge: true });
}

const { datasources } = read('dashboards/provisioning/grafana/datasources/asya.yaml') as {
  datasources: DataSource[];
};
const { services } = read('compose.observability.yaml') as Compose;
const pipeline = (read('compose.yaml') as Compose).services;
const sidecars = Object.entries(pipeline).filter(([, { image }]) => image === 'asya-sidecar');

function source(uid: string): DataSource['jsonData'] {
  const found = datasources.find((one) => one.uid === uid);
  assert.ok(found, uid);
  return found.jsonData;
}

test('Prometheus accepts its configuration and the rules', { skip }, () => {
  const run = spawnSync(tool, ['check', 'config', 'dashboards/prometheus/prometheus.yml'], {
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
});

test('the Prometheus data source has the scrape interval, from which Grafana derives $__rate_interval', () => {
  const { global } = read('dashboards/prometheus/prometheus.yml') as {
    global: { scrape_interval: string };
  };
  assert.equal(source('prometheus').timeInterval, global.scrape_interval);
});

test('exemplars link to traces, spans to logs and metrics, and log lines to traces', () => {
  assert.deepEqual(source('prometheus').exemplarTraceIdDestinations, [
    { name: 'trace_id', datasourceUid: 'tempo' },
  ]);
  assert.equal(source('tempo').tracesToLogsV2?.datasourceUid, 'loki');
  assert.equal(source('tempo').tracesToMetrics?.datasourceUid, 'prometheus');
  const traces =
    source('loki').derivedFields?.filter(({ datasourceUid }) => datasourceUid === 'tempo') ?? [];
  assert.ok(traces.some(({ matcherType }) => matcherType === 'label'));
  const ofLine = traces.find(({ matcherType }) => matcherType === undefined)?.matcherRegex ?? '';
  assert.match(
    '{"level":"info","trace_id":"0af7651916cd43dd8448eb211c80319c"}',
    new RegExp(ofLine),
  );
});

test('the queries of the data sources parse', () => {
  const logs = source('tempo').tracesToLogsV2?.query.replace('$${__trace.traceId}', '0af7') ?? '';
  assert.deepEqual(parseQuery('loki', logs).errors, []);
  for (const { query } of source('tempo').tracesToMetrics?.queries ?? []) {
    assert.deepEqual(
      parseQuery('prometheus', query.replace('$$__tags', 'actor="a"')).errors,
      [],
      query,
    );
  }
});

test('every data source points to a service of the compose file', () => {
  for (const { url } of datasources) assert.ok(services[new URL(url).hostname], url);
});

test('services have pinned images, no profiles, and existing mounts', () => {
  for (const [name, { image, profiles, volumes = [] }] of Object.entries(services)) {
    assert.match(image, /:v?\d+\.\d+\.\d+$/, name);
    assert.equal(profiles, undefined, name);
    for (const [from = ''] of volumes.map((volume) => volume.split(':'))) {
      if (from.startsWith('.'))
        assert.ok(existsSync(new URL(`../../${from}`, import.meta.url)), from);
    }
  }
});

test('the two compose files form one project and share no service', () => {
  const names = ['compose.yaml', 'compose.observability.yaml'].map(
    (file) => (read(file) as { name: string }).name,
  );
  assert.deepEqual(names, ['asya', 'asya']);
  assert.deepEqual(
    Object.keys(pipeline).filter((name) => Object.hasOwn(services, name)),
    [],
  );
});

test('the sidecars of compose.yaml export to the OTLP/HTTP port of the collector', () => {
  const { receivers } = read('dashboards/provisioning/collector.yaml') as {
    receivers: { otlp: { protocols: { http: { endpoint: string } } } };
  };
  const port = receivers.otlp.protocols.http.endpoint.split(':').at(-1);
  assert.ok(services['collector']);
  for (const [name, { environment = {} }] of sidecars) {
    assert.equal(environment['OTEL_EXPORTER_OTLP_ENDPOINT'], `http://collector:${port}`, name);
  }
});

test('Prometheus scrapes all sidecars of compose.yaml by their alias, at their port', () => {
  const { scrape_configs } = read('dashboards/prometheus/prometheus.yml') as {
    scrape_configs: { dns_sd_configs?: { names: string[]; port: number }[] }[];
  };
  const [target] = scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs);
  assert.ok(target);
  for (const [name, { environment = {}, networks }] of sidecars) {
    assert.deepEqual(networks?.default.aliases, target.names);
    assert.equal(environment['ASYA_ACTOR_NAME'], name);
    const { config } = readConfig(environment);
    assert.equal(config.metrics.address.port, target.port, name);
  }
});

test('no sidecar of compose.yaml consumes error-end, so failed messages stay there', () => {
  const actors = sidecars.map(([, { environment = {} }]) => environment['ASYA_ACTOR_NAME']);
  assert.ok(!actors.includes('error-end'));
});

test('tempo.yaml has only settings that Tempo 2.9 and 3 both accept', () => {
  const file = read('dashboards/provisioning/tempo.yaml') as Record<string, unknown>;
  // Both versions start with these settings. Before you add one, try it with both versions
  // (-config.verify, and a run).
  assert.deepEqual(Object.keys(file).toSorted(), ['distributor', 'overrides', 'server', 'storage']);
  assert.deepEqual(file['overrides'], { defaults: { compaction: { block_retention: '72h' } } });
});

test('Prometheus sends alerts to the service of Alertmanager', () => {
  const { alerting } = read('dashboards/prometheus/prometheus.yml') as {
    alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  };
  const [target = ''] = alerting.alertmanagers[0]?.static_configs[0]?.targets ?? [];
  const [name = '', port = ''] = target.split(':');
  assert.ok(services[name]?.ports?.includes(`127.0.0.1:${port}:${port}`), target);
});

test('Prometheus starts with exemplar storage', () => {
  assert.ok(services['prometheus']?.command?.includes('--enable-feature=exemplar-storage'));
});

test('the inhibition rules of Alertmanager refer to existing alerts', () => {
  const text = readFileSync(
    new URL('../../dashboards/provisioning/alertmanager.yml', import.meta.url),
    'utf8',
  );
  const alerts = ruleGroups().flatMap(({ rules }) =>
    rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])),
  );
  const { inhibit_rules } = parse(text) as { inhibit_rules: Record<string, string[]>[] };
  const matchers = inhibit_rules.flatMap((rule) =>
    [rule['source_matchers'] ?? [], rule['target_matchers'] ?? []].flat(),
  );
  for (const matcher of matchers) {
    const pattern = /^alertname =~? "?([^"]+)"?$/.exec(matcher)?.[1];
    assert.ok(pattern, matcher);
    assert.ok(
      alerts.some((alert) => new RegExp(`^(${pattern})$`).test(alert)),
      matcher,
    );
  }
});
