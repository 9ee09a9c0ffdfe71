import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { SCHEMA } from '../../src/config/schema.ts';
import { PLAIN_MANIFESTS } from '../kit/charts/plainManifests.ts';
import { containersOf, parseManifests, podOf } from '../kit/manifests/manifest.ts';
import { assertRestricted } from '../kit/manifests/podSecurity.ts';

const FOLDER = new URL('../../deploy/kubernetes/', import.meta.url).pathname;
const FILES = globSync('*.yaml', { cwd: FOLDER }).toSorted();
const README = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const WRITTEN_MANUALLY = ['cli', 'hops'];
/** Of Kubernetes and of OpenTelemetry. */
const OTHER_VARIABLE = /^(?:K8S|OTEL)_/;

test('deploy/kubernetes has no other files than those of the charts and those written manually', () => {
  const names = [...PLAIN_MANIFESTS.map(({ name }) => name), ...WRITTEN_MANUALLY];
  assert.deepEqual(
    FILES.map((file) => basename(file, '.yaml')),
    names.toSorted(),
  );
  for (const file of FILES) assert.ok(README.includes(`[${file}](${file})`), file);
});

for (const file of FILES) {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const manifests = parseManifests(text);

  test(`${file} has neither a namespace nor labels of Helm`, () => {
    assert.doesNotMatch(text, /Helm$|helm\.sh/m);
    for (const { metadata } of manifests) assert.equal(metadata.namespace, undefined);
  });

  for (const pod of manifests.flatMap((manifest) => podOf(manifest) ?? [])) {
    test(`the pod of ${file} passes the Pod Security Standard "restricted"`, () => {
      assertRestricted(pod);
    });

    test(`${file} sets variables that exist`, () => {
      for (const { name, env = [] } of containersOf(pod)) {
        if (name === 'runtime') continue;
        const unknown = env.filter(
          (variable) =>
            !Object.hasOwn(SCHEMA, variable.name) && !OTHER_VARIABLE.test(variable.name),
        );
        assert.deepEqual(unknown, []);
      }
    });
  }
}

test('deploy/kubernetes has no error-end, whose queue keeps failed messages', () => {
  const names = FILES.flatMap((file) =>
    parseManifests(readFileSync(join(FOLDER, file), 'utf8')).map(({ metadata }) => metadata.name),
  );
  assert.deepEqual(
    names.filter((name) => name.includes('error-end')),
    [],
  );
});

test('the README creates the Secrets that the manifests mount', () => {
  const mounted = FILES.flatMap((file) => [
    ...readFileSync(join(FOLDER, file), 'utf8').matchAll(/secretName: (\S+)/g),
  ]).map(([, name = '']) => name);
  for (const name of new Set([...mounted, 'asya-broker-management'])) {
    assert.ok(README.includes(`kubectl create secret generic ${name} `), name);
  }
});
