import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  PLAIN_MANIFESTS,
  plainManifestFile,
  renderPlainManifest,
} from '../../kit/charts/plainManifests.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

for (const manifest of PLAIN_MANIFESTS) {
  test(
    `deploy/kubernetes/${manifest.name}.yaml is the output of ${manifest.chart}`,
    { skip },
    () => {
      const text = readFileSync(plainManifestFile(manifest), 'utf8');
      assert.equal(text, renderPlainManifest(helm, manifest));
    },
  );
}
