import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { SCHEMA } from '../../src/config/schema.ts';
import { createAuthority, createCertificate } from '../kit/brokers/certificates.ts';
import { chartFolder, valueSetsOf } from '../kit/charts/chartFiles.ts';
import { containersOf, parseManifests, podOf, type Manifest } from '../kit/manifests/manifest.ts';
import { renderChartReadme } from '../../scripts/chartReadme.ts';

const CHART = chartFolder('asya-actor');
const read = (file: string): string => readFileSync(join(CHART, file), 'utf8');

interface Variable {
  readonly name: string;
  readonly value?: unknown;
}

interface Container {
  readonly name: string;
  readonly startupProbe?: unknown;
  readonly env?: readonly Variable[];
}

/** The containers of the image of the sidecar, and the variables that the chart sets for it. */
const sidecars = valueSetsOf('asya-actor').flatMap(({ name: set, golden }) =>
  parseManifests(readFileSync(golden, 'utf8'))
    .map(podOf)
    .filter((pod) => pod !== undefined)
    .flatMap((pod) => containersOf(pod) as readonly Container[])
    .filter(({ name }) => name === 'sidecar' || name === 'check')
    .map((container) => ({ set, ...container, env: container.env ?? [] })),
);

test('a sidecar has no startup probe, which would wait for a runtime that is not started', () => {
  for (const { set, name, startupProbe } of sidecars) {
    assert.equal(startupProbe, undefined, `${set}, ${name}`);
  }
});

/** The objects of a kind in the outputs of all value sets. */
function goldenObjects(kind: string): readonly Manifest[] {
  return valueSetsOf('asya-actor')
    .flatMap(({ golden }) => parseManifests(readFileSync(golden, 'utf8')))
    .filter((manifest) => manifest.kind === kind);
}

test('a NetworkPolicy has numbers as ports, which every network plugin resolves', () => {
  const policies = goldenObjects('NetworkPolicy');
  assert.notEqual(policies.length, 0);
  for (const policy of policies) assert.doesNotMatch(JSON.stringify(policy), /"port":"/);
});

test('a PodMonitor has no field that the operator would add in a list, for Argo CD', () => {
  const monitors = goldenObjects('PodMonitor');
  assert.notEqual(monitors.length, 0);
  for (const { metadata, spec } of monitors) {
    const { podMetricsEndpoints } = spec as {
      podMetricsEndpoints: readonly { relabelings: readonly { action?: string }[] }[];
    };
    for (const { relabelings } of podMetricsEndpoints) {
      assert.equal(relabelings[0]?.action, 'replace', metadata.name);
    }
  }
});

test('the value of a variable is text', () => {
  for (const { set, env } of sidecars) {
    for (const { name, value } of env) {
      if (value !== undefined) assert.equal(typeof value, 'string', `${set}: ${name}`);
    }
  }
});

test('a variable refers only to variables before it, which Kubernetes expands', () => {
  for (const { set, env } of sidecars) {
    for (const [index, { value = '' }] of env.entries()) {
      for (const [, name] of String(value).matchAll(/\$\((\w+)\)/g)) {
        const before = env.slice(0, index).map((variable) => variable.name);
        assert.ok(before.includes(name ?? ''), `${set}: ${name}`);
      }
    }
  }
});

for (const { set, name, env } of sidecars) {
  test(`the variables of the container ${name} in the value set ${set} are valid`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'asya-chart-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const environment = mountSecrets(env, folder);
    assert.deepEqual(readConfig(environment).warnings, []);
  });
}

/** Writes the files that variables name into a folder; returns the variables with its paths. */
function mountSecrets(env: readonly Variable[], folder: string): Record<string, string> {
  const authority = createAuthority('test');
  const { cert, key } = createCertificate('rabbitmq.example.com', authority);
  const contents: Readonly<Record<string, string | Buffer>> = {
    url: env.some(({ name }) => name === 'ASYA_RABBITMQ_CA_FILE')
      ? 'amqps://asya:secret@rabbitmq'
      : 'amqp://asya:secret@rabbitmq',
    password: 'secret',
    headers: 'Authorization: Bearer token',
    token: 'token',
    'ca.crt': authority.cert,
    'tls.crt': cert,
    'tls.key': key,
  };
  return Object.fromEntries(
    env.map(({ name, value = '' }) => {
      const path = String(value);
      if (!path.startsWith('/var/run/secrets/')) return [name, path];
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents[path.split('/').at(-1) ?? ''] ?? '');
      return [name, file];
    }),
  );
}

const variablesTemplate = read('templates/_variables.tpl');

/** The value of the chart that sets each variable, from the two tables of the template. */
const owners = new Map(
  [...variablesTemplate.matchAll(/^(ASYA_\w+): ([a-z][\w.]+)$/gm)].map(
    ([, name = '', path = '']) => [name, path],
  ),
);

const schema = JSON.parse(read('values.schema.json')) as {
  readonly definitions: { readonly config: { readonly properties: Record<string, unknown> } };
};

test('each variable of the sidecar can be set, by a value of its own or by sidecar.config', () => {
  const { properties } = schema.definitions.config;
  assert.deepEqual(Object.keys(properties).toSorted(), Object.keys(SCHEMA).toSorted());
  const byConfig = Object.keys(properties).filter((name) => properties[name] !== true);
  assert.deepEqual([...owners.keys(), ...byConfig].toSorted(), Object.keys(SCHEMA).toSorted());
});

test('the value of each variable exists in values.yaml', () => {
  for (const [variable, path] of owners) {
    let value: unknown = parse(read('values.yaml'));
    for (const name of path.split('.')) {
      assert.ok(Object.hasOwn(value as object, name), `${variable}: ${path}`);
      value = (value as Record<string, unknown>)[name];
    }
  }
});

test('the chart assumes the defaults of the sidecar', () => {
  assert.equal(SCHEMA.ASYA_SHUTDOWN_TIMEOUT.default, 30_000);
  assert.match(read('templates/_shutdown.tpl'), /\.shutdownTimeout \| default "30s"/);
  assert.equal(SCHEMA.ASYA_RUNTIME_TIMEOUT.default, 300_000);
  assert.match(read('templates/_advice.tpl'), /\.runtime\.timeout \| default "5m"/);
  assert.equal(SCHEMA.ASYA_METRICS_ADDR.default.port, 8080);
  assert.equal((parse(read('values.yaml')) as { sidecar: { port: number } }).sidecar.port, 8080);
  assert.equal(SCHEMA.ASYA_SOCKET_DIR.default, '/var/run/asya');
  assert.match(read('values.yaml'), /socketDirectory: \/var\/run\/asya$/m);
});

test('the README lists the values as they are (to update it: npm run charts)', () => {
  const readme = read('README.md');
  assert.equal(renderChartReadme(readme, read('values.yaml')), readme);
});

test('each value has a comment', () => {
  const tables = renderChartReadme(read('README.md'), read('values.yaml'));
  assert.deepEqual(tables.match(/^\| `[\w.]+` \| .* \| {2}\|$/gm), null);
});

test('outputs have no null values, empty maps, empty lists or trailing spaces', () => {
  for (const { golden } of valueSetsOf('asya-actor')) {
    const text = readFileSync(golden, 'utf8');
    assert.doesNotMatch(text, /[ \t]$/m);
    assert.deepEqual(emptyValuesIn(parseManifests(text)), []);
  }
});

/** The paths of values without content. An emptyDir without settings is one of Kubernetes. */
function emptyValuesIn(value: unknown, path = ''): readonly string[] {
  if (value === null || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return path.endsWith('/emptyDir') ? [] : [path];
  return entries.flatMap(([name, member]) => emptyValuesIn(member, `${path}/${name}`));
}

test('the chart and package.json have the same version', () => {
  const { version, appVersion } = parse(read('Chart.yaml')) as Record<string, string>;
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest = JSON.parse(text) as { version: string };
  assert.deepEqual([version, appVersion], [manifest.version, manifest.version]);
});
