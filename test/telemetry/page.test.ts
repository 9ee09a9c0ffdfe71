import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ASYA, ATTR } from '../../telemetry/attributes.ts';
import { parseQuery } from '../kit/dashboards/queryTree.ts';

/** What docs/observability.md says, as far as it can be wrong. */

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
const names = new Set<string>([...Object.values(ASYA), ...Object.values(ATTR)]);

test('the page names every attribute of a span, and none that there is not', () => {
  const named = new Set(
    [...page.matchAll(/`((?:asya|messaging|error|network|server)\.[\w.]+)`/g)].map(
      ([, name]) => name,
    ),
  );
  const unnamed = [...names].filter((name) => !named.has(name));
  assert.deepEqual(unnamed, []);
  // The event of a log record.
  const unknown = [...named].filter(
    (name) => !names.has(name ?? '') && name !== 'messaging.process.exception',
  );
  assert.deepEqual(unknown, []);
});

test('its queries for traces can be read, and ask for attributes that there are', () => {
  const queries = [...page.matchAll(/`(\{ span\..*?\})`/g)].map(([, query = '']) =>
    unescaped(query),
  );
  assert.ok(queries.length >= 5);
  for (const query of queries) {
    assert.deepEqual(parseQuery('tempo', query).errors, [], query);
    for (const [, name = ''] of query.matchAll(/span\.([\w.]+)/g))
      assert.ok(names.has(name), query);
  }
});

test('its query for logs can be read', () => {
  const [, query = ''] = /`(\{service_namespace=.*?)`/.exec(page) ?? [];
  assert.deepEqual(parseQuery('loki', unescaped(query)).errors, []);
  assert.match(query, /asya_journey_id/);
});

/** A bar is escaped in a table. */
function unescaped(query: string): string {
  return query.replaceAll('\\|', '|');
}
