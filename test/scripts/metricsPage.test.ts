import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderMetricsPage } from '../../scripts/metricsPage.ts';

test('docs/metrics.md lists the metrics of the catalogue (to update it: npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  assert.equal(renderMetricsPage(page), page);
});
