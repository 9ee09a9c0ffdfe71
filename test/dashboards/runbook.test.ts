import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Alert } from '../../dashboards/rules/rule.ts';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';

const page = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const alerts: Alert[] = ruleGroups().flatMap(({ rules }) =>
  rules.filter((rule) => 'alert' in rule),
);

test('the runbook has a section for each alert, and no other', () => {
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name);
  assert.deepEqual(sections.toSorted(), [...new Set(alerts.map(({ alert }) => alert))].toSorted());
});

test('each alert leads to its section, which says how urgent it is', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.equal(annotations.runbook_url, `docs/runbook.md#${alert.toLowerCase()}`);
    const section = page.split(`\n## ${alert}\n`)[1]?.trimStart() ?? '';
    assert.ok(section.startsWith(`_${labels.severity}._`), `${alert} is a ${labels.severity}`);
  }
});

test('a label of an alert has no value of a query', () => {
  for (const { alert, labels } of alerts) {
    assert.doesNotMatch(
      JSON.stringify(labels),
      /\$value/,
      `${alert} would be a new alert with each value`,
    );
  }
});

test('every panel that the runbook names exists', () => {
  const dashboards = ['fleet', 'actor']
    .map((name) =>
      readFileSync(new URL(`../../dashboards/grafana/${name}.json`, import.meta.url), 'utf8'),
    )
    .join('');
  for (const [, title = ''] of page.matchAll(/“([^”]+)”/g)) {
    assert.ok(dashboards.includes(`"title": "${title.replaceAll(/\s+/g, ' ')}`), title);
  }
});
