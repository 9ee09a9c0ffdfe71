import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { chartFolder, chartNames } from '../../kit/charts/chartFiles.ts';
import { runHelm } from '../../kit/charts/helm.ts';
import {
  containersOf,
  parseManifests,
  podOf,
  type Manifest,
} from '../../kit/manifests/manifest.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

/** A chart of a user with two actors, as dependencies with an alias and a condition. */
const folder = mkdtempSync(join(tmpdir(), 'asya-pipeline-'));
after(() => rmSync(folder, { recursive: true }));
const aliases = ['resize', 'infer'];
writeFileSync(
  join(folder, 'Chart.yaml'),
  stringify({
    apiVersion: 'v2',
    name: 'pipeline',
    version: '1.0.0',
    dependencies: [
      ...aliases.map((alias) => dependencyOn('asya-actor', { alias })),
      dependencyOn('asya-observability', {}),
    ],
  }),
);
for (const chart of chartNames()) {
  mkdirSync(join(folder, 'charts'), { recursive: true });
  cpSync(chartFolder(chart), join(folder, 'charts', chart), { recursive: true });
}

function dependencyOn(name: string, { alias }: { readonly alias?: string }): object {
  return { name, version: '*', condition: `${alias ?? name}.enabled`, ...(alias && { alias }) };
}

function render(values: Readonly<Record<string, object>>): readonly Manifest[] {
  const actor = {
    broker: { existingSecret: 'asya-broker' },
    runtime: { image: { repository: 'x' } },
  };
  const defaults = Object.fromEntries(
    aliases.map((alias) => [alias, { ...actor, ...values[alias] }]),
  );
  const { status, stdout, stderr } = runHelm(
    helm,
    ['template', 'shop', folder, '--values=-'],
    JSON.stringify({ ...values, ...defaults }),
  );
  assert.equal(status, 0, stderr);
  return parseManifests(stdout);
}

function deploymentsOf(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment')
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

test('actors in a chart of a user have the names of their aliases', { skip }, () => {
  const manifests = render({});
  const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.equal(new Set(names).size, names.length);
  const deployments = deploymentsOf(manifests);
  assert.deepEqual(
    deployments.map(({ metadata }) => metadata.name),
    ['shop-infer', 'shop-resize'],
  );
  const [infer, resize] = deployments.map(({ spec }) => (spec as { selector: unknown }).selector);
  assert.notDeepEqual(infer, resize);
  assert.deepEqual(deployments.map(actorNameOf), ['infer', 'resize']);
});

function actorNameOf(deployment: Manifest): unknown {
  const [sidecar] = containersOf(podOf(deployment) ?? { containers: [] });
  return sidecar?.env?.find(({ name }) => name === 'ASYA_ACTOR_NAME')?.value;
}

test('a condition of a dependency selects the charts that are installed', { skip }, () => {
  const manifests = render({
    resize: { enabled: true },
    infer: { enabled: false },
    'asya-observability': { enabled: false },
    global: { registry: 'x' },
  });
  assert.deepEqual(
    manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['ServiceAccount shop-resize', 'Deployment shop-resize'],
  );
  const observed = render({ 'asya-observability': { enabled: true } });
  assert.ok(observed.some(({ kind }) => kind === 'PrometheusRule'));
});

test('an empty text leaves user and group to OpenShift, also in a dependency', { skip }, () => {
  const none = { runAsUser: '', runAsGroup: '', fsGroup: '' };
  const [infer] = deploymentsOf(render({ infer: { podSecurityContext: none } }));
  assert.ok(infer !== undefined);
  assert.deepEqual(Object.keys(podOf(infer)?.securityContext ?? {}), [
    'fsGroupChangePolicy',
    'runAsNonRoot',
    'seccompProfile',
  ]);
});
