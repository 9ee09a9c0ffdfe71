import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Alert } from '../../dashboards/rules/rule.ts';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';

const page = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const alerts: Alert[] = ruleGroups().flatMap(({ rules }) =>
  rules.filter((rule) => 'alert' in rule),
);

test('the runbook has one section for each alert', () => {
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name);
  assert.deepEqual(sections.toSorted(), [...new Set(alerts.map(({ alert }) => alert))].toSorted());
});

test('each alert links to its runbook section, which begins with its severity', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.equal(annotations.runbook_url, `docs/runbook.md#${alert.toLowerCase()}`);
    const section = page.split(`\n## ${alert}\n`)[1]?.trimStart() ?? '';
    assert.ok(section.startsWith(`_${labels.severity}._`), `${alert} is a ${labels.severity}`);
  }
});

test('alert labels do not contain query values', () => {
  for (const { alert, labels } of alerts) {
    assert.doesNotMatch(
      JSON.stringify(labels),
      /\$value/,
      `${alert} would change its identity with every value`,
    );
  }
});

test('every panel that the runbook mentions exists', () => {
  const dashboards = ['fleet', 'actor']
    .map((name) =>
      readFileSync(new URL(`../../dashboards/grafana/${name}.json`, import.meta.url), 'utf8'),
    )
    .join('');
  for (const [, title = ''] of page.matchAll(/“([^”]+)”/g)) {
    assert.ok(dashboards.includes(`"title": "${title.replaceAll(/\s+/g, ' ')}`), title);
  }
});
