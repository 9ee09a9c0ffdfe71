import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import type { Alert, Group } from '../../dashboards/rules/rule.ts';
import { KIB } from '../../src/units.ts';
import { DASHBOARDS } from '../kit/dashboards/dashboardFile.ts';
import { parseManifests, type Manifest } from '../kit/manifests/manifest.ts';
import { findPrometheus } from '../kit/telemetry/monitoringPrograms.ts';

const { version } = JSON.parse(read('package.json')) as { readonly version: string };
const RUNBOOK = `https://github.com/asya-sidecar/asya-sidecar/blob/v${version}/docs/runbook.md`;

const { tool: promtool, skip } = findPrometheus();

interface Dashboard {
  readonly templating: { readonly list: readonly Variable[] };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly current?: { readonly value: string };
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

function golden(set: string): readonly Manifest[] {
  return parseManifests(read(`test/charts/golden/asya-observability/${set}.yaml`));
}

function dashboardsOf(set: string): ReadonlyMap<string, Dashboard> {
  const configMaps = golden(set).filter(({ kind }) => kind === 'ConfigMap');
  return new Map(
    configMaps.flatMap(({ data = {} }) =>
      Object.entries(data).map(([file, text]) => [file, JSON.parse(String(text)) as Dashboard]),
    ),
  );
}

function groupsOf(set: string): readonly Group[] {
  const rule = golden(set).find(({ kind }) => kind === 'PrometheusRule');
  return (rule?.spec as { readonly groups: readonly Group[] } | undefined)?.groups ?? [];
}

function alertOf(set: string, name: string): Alert | undefined {
  return alertsOf(groupsOf(set)).find(({ alert }) => alert === name);
}

function alertsOf(groups: readonly Group[]): readonly Alert[] {
  return groups.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
}

test('asya-observability installs the dashboards as they are', () => {
  const expected = DASHBOARDS.map((name) => [
    `asya-${name}.json`,
    JSON.parse(read(`dashboards/grafana/${name}.json`)) as unknown,
  ]);
  assert.deepEqual(Object.fromEntries(dashboardsOf('default')), Object.fromEntries(expected));
});

test('asya-observability installs the rules as they are, with the address of the runbook', () => {
  const groups = JSON.stringify(ruleGroups()).replaceAll('docs/runbook.md', RUNBOOK);
  assert.deepEqual(groupsOf('default'), JSON.parse(groups));
});

for (const set of ['default', 'rules', 'everything']) {
  test(`promtool accepts the rules of the value set ${set}`, { skip }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'asya-rules-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, stringify({ groups: groupsOf(set) }));
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', file];
    const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });
}

test('each object fits into the annotation of kubectl apply, with room for others', () => {
  const limit = 256 * KIB;
  for (const manifest of golden('default')) {
    const size = Buffer.byteLength(JSON.stringify(manifest));
    assert.ok(size < 0.75 * limit, `${manifest.metadata.name}: ${size} bytes`);
  }
});

test('dashboards have the label and the folder that the loader of Grafana reads', () => {
  for (const { kind, metadata } of golden('default')) {
    if (kind !== 'ConfigMap') continue;
    assert.equal(metadata.labels?.['grafana_dashboard'], '1');
    assert.equal(metadata.annotations?.['grafana_folder'], 'Asya');
  }
  const [configMap] = golden('namespaces');
  assert.equal(configMap?.metadata.labels?.['dashboards'], 'team-a');
  assert.equal(configMap?.metadata.labels?.['grafana_dashboard'], undefined);
  assert.equal(configMap?.metadata.annotations, undefined);
});

test('dashboards and rules can be in other namespaces than the release', () => {
  const namespaces = golden('namespaces').map(({ kind, metadata }) => [kind, metadata.namespace]);
  assert.deepEqual(namespaces, [
    ['ConfigMap', 'grafana'],
    ['PrometheusRule', 'prometheus'],
  ]);
  for (const { metadata } of golden('default')) assert.equal(metadata.namespace, undefined);
});

test('a chosen data source is selected when a dashboard is opened', () => {
  const journeys = dashboardsOf('dashboards').get('asya-journeys.json');
  const sources = journeys?.templating.list.filter(({ type }) => type === 'datasource') ?? [];
  assert.deepEqual(
    sources.map(({ name, current }) => [name, current?.value]),
    [
      ['prometheus_datasource', 'mimir'],
      ['tempo_datasource', 'tempo-eu'],
      ['loki_datasource', 'loki-eu'],
    ],
  );
});

test('dashboards and rules use another namespace of the metrics', () => {
  const text = read('test/charts/golden/asya-observability/everything.yaml');
  assert.doesNotMatch(text, /asya_actor_/);
  assert.match(text, /shop_messages_processed_total/);
});

test('severities and labels of all alerts can be replaced', () => {
  for (const { alert, labels } of alertsOf(groupsOf('rules'))) {
    assert.match(labels.severity, /^(?:critical|warning|page)$/, alert);
    assert.match(labels['team'] ?? '', /^(?:inference|capacity)$/, alert);
  }
});

test('single alerts can be changed or left out', () => {
  assert.equal(alertOf('rules', 'AsyaSlowHops'), undefined);
  const backlog = alertOf('rules', 'AsyaBacklogGrowing');
  assert.equal(backlog?.expr, 'actor:asya_messages_waiting:max > 100000');
  assert.equal(backlog.keep_firing_for, '1h');
  assert.deepEqual(backlog.labels, { severity: 'warning', team: 'capacity' });
  const errorEnd = alertOf('rules', 'AsyaErrorEndNotEmpty');
  assert.deepEqual([errorEnd?.for, errorEnd?.labels.severity], ['4h', 'page']);
  assert.equal(
    errorEnd?.annotations.runbook_url,
    'https://wiki.example.com/asya/runbook#asyaerrorendnotempty',
  );
});
