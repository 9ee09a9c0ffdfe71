import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chartFolder, chartNames, valueSetsOf } from '../../kit/charts/chartFiles.ts';
import { renderChart, runHelm } from '../../kit/charts/helm.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');

for (const chart of chartNames()) {
  for (const set of valueSetsOf(chart)) {
    test(`helm lint --strict accepts ${chart} with the value set ${set.name}`, { skip }, () => {
      const args = ['lint', '--strict', chartFolder(chart), `--values=${set.values}`];
      const { status, stdout, stderr } = runHelm(helm, args);
      assert.equal(status, 0, `${stdout}${stderr}`);
    });

    test(
      `helm renders ${chart} with the value set ${set.name} as in the repository`,
      { skip },
      () => {
        assert.equal(renderChart(helm, chart, set), readFileSync(set.golden, 'utf8'));
      },
    );
  }
}
