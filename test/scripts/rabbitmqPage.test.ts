import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderRabbitmqPage } from '../../scripts/rabbitmqPage.ts';

test('docs/rabbitmq.md lists the topology that the code declares (to update it: npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/rabbitmq.md', import.meta.url), 'utf8');
  assert.equal(renderRabbitmqPage(page), page);
});
