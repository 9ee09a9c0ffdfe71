import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PLAIN_DIGEST_FILE, plainDigest } from '../kit/charts/plainManifests.ts';
import { chartNames, digestFile, digestOf, valueSetsOf } from '../kit/charts/chartFiles.ts';

for (const chart of chartNames()) {
  test(`the outputs of ${chart} were written from the chart and its values as they are`, () => {
    assert.ok(valueSetsOf(chart).length > 0, 'no value sets');
    for (const { golden } of valueSetsOf(chart)) assert.ok(existsSync(golden), golden);
    const message = 'run npm run charts';
    assert.equal(readFileSync(digestFile(chart), 'utf8'), digestOf(chart), message);
  });
}

test('deploy/kubernetes was written from the charts and its values as they are', () => {
  assert.equal(readFileSync(PLAIN_DIGEST_FILE, 'utf8'), plainDigest(), 'run npm run charts');
});
