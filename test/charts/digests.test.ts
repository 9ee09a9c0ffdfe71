import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chartNames, digestFile, digestOf, valueSetsOf } from '../kit/charts/chartFiles.ts';

for (const chart of chartNames()) {
  test(`the outputs of ${chart} were written from the chart and its values as they are`, () => {
    assert.ok(valueSetsOf(chart).length > 0, 'no value sets');
    for (const { golden } of valueSetsOf(chart)) assert.ok(existsSync(golden), golden);
    const message = 'run npm run charts';
    assert.equal(readFileSync(digestFile(chart), 'utf8'), digestOf(chart), message);
  });
}
