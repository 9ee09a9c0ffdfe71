import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderConfigurationPage } from '../../scripts/configurationPage.ts';

test('docs/configuration.md lists the variables of the schema (to update it: npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(renderConfigurationPage(page), page);
});

test('a page without the marks of the tables is rejected', () => {
  assert.throws(() => renderConfigurationPage('# Configuration'), /the page must have/);
});
