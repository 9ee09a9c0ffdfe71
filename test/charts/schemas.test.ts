import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifests, type Manifest } from '../kit/manifests/manifest.ts';
import { ManifestSchemas } from '../kit/manifests/schemas.ts';
import { manifestViolations } from '../kit/manifests/violations.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const FILES = globSync(
  '{test/charts/golden/*/*,deploy/kubernetes/*,examples/own-actor/rabbitmq}.yaml',
  { cwd: ROOT },
);
/** The objects of a file that select pods of another one. */
const APPLIED_BEFORE = new Map([['deploy/kubernetes/hops.yaml', 'deploy/kubernetes/actor.yaml']]);

const schemas = new ManifestSchemas();

for (const file of FILES.toSorted()) {
  test(`a cluster accepts the manifests of ${file}`, () => {
    const manifests = read(file);
    assert.ok(manifests.length > 0);
    const before = APPLIED_BEFORE.get(file);
    const installation = [...(before === undefined ? [] : read(before)), ...manifests];
    assert.deepEqual(manifestViolations(installation, schemas), []);
  });
}

function read(file: string): Manifest[] {
  return parseManifests(readFileSync(join(ROOT, file), 'utf8'));
}
