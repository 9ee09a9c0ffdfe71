import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { SCHEMA } from '../../src/config/schema.ts';
import { containersOf, parseManifests, podOf } from '../kit/manifests/manifest.ts';
import { assertRestricted } from '../kit/manifests/podSecurity.ts';

const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
const manifests = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
  .filter(([, block = '']) => block.startsWith('apiVersion:'))
  .flatMap(([, block = '']) => parseManifests(block));

test('docs/kubernetes.md deploys an actor and happy-end, but no error-end', () => {
  assert.deepEqual(
    manifests.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name),
    ['infer', 'happy-end'],
  );
});

test('the excerpts of manifests on docs/kubernetes.md are YAML', () => {
  const excerpts = [...page.matchAll(/^```yaml\n(?!apiVersion:)([\s\S]*?)^```/gm)];
  assert.ok(excerpts.length > 0);
  for (const [, excerpt = ''] of excerpts) assert.equal(typeof parse(excerpt), 'object');
});

for (const manifest of manifests) {
  const pod = podOf(manifest);
  if (pod === undefined) continue;
  const { name } = manifest.metadata;

  test(`the pod of ${name} passes the Pod Security Standard "restricted"`, () => {
    assertRestricted(pod);
  });

  test(`the manifest of ${name} sets variables that exist`, () => {
    for (const { name: container, env = [] } of containersOf(pod)) {
      const unknown = env.filter((variable) => !Object.hasOwn(SCHEMA, variable.name));
      if (container === 'sidecar' || container === 'cli') assert.deepEqual(unknown, []);
    }
  });
}
