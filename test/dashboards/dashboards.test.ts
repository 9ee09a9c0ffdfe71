import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedFiles } from '../../dashboards/generatedFiles.ts';
import { DASHBOARD_UID } from '../../dashboards/links.ts';
import {
  DASHBOARDS,
  defaultsOf,
  panelsOf,
  readDashboard,
} from '../kit/dashboards/dashboardFile.ts';
import { expandVariables, parseQuery } from '../kit/dashboards/queryTree.ts';

test('the committed files are up to date (else: npm run dashboards)', () => {
  for (const [path, text] of generatedFiles()) {
    const file = new URL(`../../${path}`, import.meta.url);
    assert.equal(readFileSync(file, 'utf8'), text, `${path} is stale`);
  }
});

test('no query selects by a bound, which Prometheus 2 writes as "1" and Prometheus 3 as "1.0"', () => {
  for (const [path, text] of generatedFiles()) {
    assert.doesNotMatch(text, /\b(?:le|quantile)\s*(?:=|!)/, path);
  }
});

for (const name of DASHBOARDS) {
  const dashboard = readDashboard(name);
  const panels = panelsOf(dashboard);

  test(`${name}: data sources are referred to by variables only`, () => {
    const uids = JSON.stringify(dashboard).matchAll(/"uid":"([^"]*)"/g);
    for (const [, uid] of uids) {
      assert.match(
        uid ?? '',
        /^(\$\{(prometheus|tempo|loki)_datasource\}|asya-(fleet|actor|journeys))$/,
      );
    }
  });

  test(`${name}: every TraceQL query parses`, () => {
    const values = defaultsOf(dashboard);
    for (const { title, targets = [] } of panels) {
      for (const { query } of targets) {
        // A trace id is a query, but not TraceQL.
        if (query === undefined || query === '$trace') continue;
        assert.deepEqual(
          parseQuery('tempo', expandVariables(query, values)).errors,
          [],
          `${title}: ${query}`,
        );
      }
    }
  });

  test(`${name}: failures are found by the failed hop, because error-end need not have a sidecar`, () => {
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ query = '' }) => query));
    const links = JSON.stringify(panels).match(/"url":"[^"]*"/g) ?? [];
    for (const text of [...queries, ...links.map(decodeURIComponent)]) {
      if (
        text.includes('span.asya.end = \\"error-end') ||
        text.includes('span.asya.end = "error-end')
      )
        assert.match(text, /span\.asya\.outcome =~ \\?"error_end\|retry_spent/);
    }
  });

  test(`${name}: no TraceQL query compares a duration directly with a literal, which may be an integer`, () => {
    for (const { targets = [] } of panels) {
      for (const { query = '' } of targets) assert.doesNotMatch(query, /journey\.duration *[<>]/);
    }
  });

  test(`${name}: every variable in a query, a title or a link exists`, () => {
    const known = new Set([...dashboard.templating.list.map(({ name }) => name), '1']);
    const texts = JSON.stringify({ panels, annotations: dashboard.annotations });
    const used = texts.matchAll(/\$\{?([A-Za-z0-9_]+)/g);
    for (const [, variable = ''] of used) {
      assert.ok(variable.startsWith('__') || known.has(variable), `$${variable} does not exist`);
    }
  });

  test(`${name}: every dashboard link points to an existing dashboard`, () => {
    const links = JSON.stringify(panels).matchAll(/"url":"\/d\/([\w-]+)/g);
    for (const [, uid = ''] of links)
      assert.ok(Object.values<string>(DASHBOARD_UID).includes(uid), uid);
  });

  test(`${name}: panels fit on the grid and do not overlap`, () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, `${title} exceeds the grid`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!cells.has(`${x},${y}`), `${title} overlaps another panel`);
          cells.add(`${x},${y}`);
        }
      }
    }
  });

  test(`${name}: every panel has a unique title and a description of more than 80 characters`, () => {
    for (const { title = '', description = '' } of panels) {
      assert.ok(description.length > 80, `${title}: "${description}"`);
    }
    const titles = panels.map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length, 'two panels have the same title');
  });

  test(`${name}: every query has a unique name in its panel`, () => {
    for (const { title = '', targets = [] } of panels) {
      const names = targets.map(({ refId = '' }) => refId);
      assert.ok(!names.includes(''), title);
      assert.equal(new Set(names).size, names.length, title);
    }
  });

  test(`${name}: panel ids are unique`, () => {
    const ids = dashboard.panels
      .flatMap((panel) => [panel, ...(panel.panels ?? [])])
      .map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
}

test('every dashboard has a panel with exemplars', () => {
  for (const name of DASHBOARDS) {
    assert.ok(JSON.stringify(readDashboard(name)).includes('"exemplar":true'), name);
  }
});
