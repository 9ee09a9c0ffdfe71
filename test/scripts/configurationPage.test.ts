import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderConfigurationPage } from '../../scripts/configurationPage.ts';

test('docs/configuration.md tells the variables as the schema has them (else: npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(renderConfigurationPage(page), page);
});

test('a page without a place for the tables is refused', () => {
  assert.throws(() => renderConfigurationPage('# Configuration'), /the page must have/);
});
