import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  chartFolder,
  chartNames,
  digestFile,
  digestOf,
  goldenFolder,
  valueSetsOf,
} from '../test/kit/charts/chartFiles.ts';
import { renderChart } from '../test/kit/charts/helm.ts';
import {
  PLAIN_DIGEST_FILE,
  PLAIN_MANIFESTS,
  plainDigest,
  plainManifestFile,
  renderPlainManifest,
} from '../test/kit/charts/plainManifests.ts';
import { findGoProgram } from '../test/kit/programs/goProgram.ts';
import { renderChartReadme } from './chartReadme.ts';

/**
 * Writes the outputs of the charts, `test/charts/golden/<chart>/<value set>.yaml` and
 * `deploy/kubernetes`, the digests by which tests without helm recognise that they are up to date,
 * and the values in the READMEs.
 */
const { path: helm, skip } = await findGoProgram('helm');
if (skip !== false) throw new Error(skip);

for (const chart of chartNames()) {
  updateReadme(chartFolder(chart));
  rmSync(goldenFolder(chart), { recursive: true, force: true });
  mkdirSync(goldenFolder(chart), { recursive: true });
  for (const set of valueSetsOf(chart)) writeFileSync(set.golden, renderChart(helm, chart, set));
  writeFileSync(digestFile(chart), digestOf(chart));
}

for (const manifest of PLAIN_MANIFESTS) {
  writeFileSync(plainManifestFile(manifest), renderPlainManifest(helm, manifest));
}
writeFileSync(PLAIN_DIGEST_FILE, plainDigest());

function updateReadme(folder: string): void {
  const path = join(folder, 'README.md');
  const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
  writeFileSync(path, renderChartReadme(readFileSync(path, 'utf8'), values));
}
