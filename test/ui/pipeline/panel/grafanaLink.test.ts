import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DASHBOARD_UID } from '../../../../dashboards/links.ts';
import { grafanaLink } from '../../../../ui/pipeline/panel/grafanaLink.ts';

test('the link to Grafana opens the dashboard of the actor', () => {
  const url = new URL(grafanaLink('http://grafana:3000/base', 'in fer&x'));
  assert.equal(url.pathname, `/base/d/${DASHBOARD_UID.actor}`);
  assert.equal(url.searchParams.get('var-actor'), 'in fer&x');
});

test('the dashboard has the variable of the link', () => {
  const file = new URL('../../../../dashboards/grafana/actor.json', import.meta.url);
  const { templating } = JSON.parse(readFileSync(file, 'utf8')) as {
    templating: { list: { name: string }[] };
  };
  assert.ok(templating.list.some(({ name }) => name === 'actor'));
});
