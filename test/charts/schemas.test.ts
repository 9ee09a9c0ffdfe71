import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifests } from '../kit/manifests/manifest.ts';
import { ManifestSchemas } from '../kit/manifests/schemas.ts';
import { manifestViolations } from '../kit/manifests/violations.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const INSTALLATIONS = globSync('{test/charts/golden,deploy/kubernetes}/**/*.yaml', { cwd: ROOT });

const schemas = new ManifestSchemas();

for (const file of INSTALLATIONS.toSorted()) {
  test(`a cluster accepts the manifests of ${file}`, () => {
    const manifests = parseManifests(readFileSync(join(ROOT, file), 'utf8'));
    assert.ok(manifests.length > 0);
    assert.deepEqual(manifestViolations(manifests, schemas), []);
  });
}
