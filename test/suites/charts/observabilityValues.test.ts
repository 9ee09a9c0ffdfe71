import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartFolder } from '../../kit/charts/chartFiles.ts';
import { runHelm } from '../../kit/charts/helm.ts';
import { findGoProgram } from '../../kit/programs/goProgram.ts';

const { path: helm, skip } = await findGoProgram('helm');
const CHART = chartFolder('asya-observability');

const REFUSED = [
  ['dashboard.enabled=true', /additional properties 'dashboard' not allowed/],
  ['dashboards.include={fleet,hops}', /at '\/dashboards\/include\/1'/],
  ['dashboards.label=a b', /at '\/dashboards\/label'/],
  ['dashboards.datasources.prometheus=two words', /at '\/dashboards\/datasources\/prometheus'/],
  ['rules.enabled=maybe', /at '\/rules\/enabled'/],
  ['rules.namespace=A', /at '\/rules\/namespace'/],
  ['rules.severities.page=', /at '\/rules\/severities\/page'/],
  ['rules.alertLabels.a-b=c', /at '\/rules\/alertLabels'/],
  ['rules.alerts.AsyaSlowHops.for=soon', /at '\/rules\/alerts\/AsyaSlowHops\/for'/],
  ['rules.alerts.AsyaSlow.enabled=false', /rules\.alerts\.AsyaSlow: no alert has this name/],
  ['metricsNamespace=my-shop', /at '\/metricsNamespace'/],
] as const;

for (const [value, message] of REFUSED) {
  test(`helm refuses the value ${value} of asya-observability`, { skip }, () => {
    const { status, stderr } = runHelm(helm, ['template', 'asya', CHART, '--set', value]);
    assert.equal(status, 1);
    assert.match(stderr, message);
  });
}

test('the notes of asya-observability name the objects and the runbook', { skip }, () => {
  const args = ['install', 'asya', CHART, '--dry-run=client', '--namespace=monitoring'];
  const { status, stdout, stderr } = runHelm(helm, args);
  assert.equal(status, 0, stderr);
  const notes = stdout.slice(stdout.indexOf('NOTES:'));
  assert.match(notes, /Dashboards: fleet, actor, journeys, .* in the namespace monitoring/);
  assert.match(notes, /the PrometheusRule asya in the namespace monitoring/);
  assert.match(notes, /docs\/runbook\.md$/m);
});
