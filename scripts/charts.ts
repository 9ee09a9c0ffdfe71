import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import {
  chartNames,
  digestFile,
  digestOf,
  goldenFolder,
  valueSetsOf,
} from '../test/kit/charts/chartFiles.ts';
import { renderChart } from '../test/kit/charts/helm.ts';
import { findGoProgram } from '../test/kit/programs/goProgram.ts';

/**
 * Writes the outputs of the charts, `test/charts/golden/<chart>/<value set>.yaml`, and the digests
 * by which tests without helm recognise that they are up to date.
 */
const { path: helm, skip } = await findGoProgram('helm');
if (skip !== false) throw new Error(skip);

for (const chart of chartNames()) {
  rmSync(goldenFolder(chart), { recursive: true, force: true });
  mkdirSync(goldenFolder(chart), { recursive: true });
  for (const set of valueSetsOf(chart)) writeFileSync(set.golden, renderChart(helm, chart, set));
  writeFileSync(digestFile(chart), digestOf(chart));
}
