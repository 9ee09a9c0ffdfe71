import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ASYA, ATTR } from '../../telemetry/attributes.ts';
import { parseQuery } from '../kit/dashboards/queryTree.ts';

/** The names and queries of docs/observability.md. */

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
const names = new Set<string>([...Object.values(ASYA), ...Object.values(ATTR)]);

test('the page names exactly the attributes of spans', () => {
  const named = new Set(
    [...page.matchAll(/`((?:asya|messaging|error|network|server)\.[\w.]+)`/g)].map(
      ([, name]) => name,
    ),
  );
  const unnamed = [...names].filter((name) => !named.has(name));
  assert.deepEqual(unnamed, []);
  // This is the event name of a log record.
  const unknown = [...named].filter(
    (name) => !names.has(name ?? '') && name !== 'messaging.process.exception',
  );
  assert.deepEqual(unknown, []);
});

test('the TraceQL queries of the page parse, and name existing attributes', () => {
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

test('the LogQL query of the page parses', () => {
  const [, query = ''] = /`(\{service_namespace=.*?)`/.exec(page) ?? [];
  assert.deepEqual(parseQuery('loki', unescaped(query)).errors, []);
  assert.match(query, /asya_journey_id/);
});

/** A bar is escaped in a table. */
function unescaped(query: string): string {
  return query.replaceAll('\\|', '|');
}
