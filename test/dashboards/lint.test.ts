import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  panelsOf,
  readDashboard,
  DASHBOARDS,
  type DashboardFile,
} from '../kit/dashboards/dashboardFile.ts';
import { LINT_RULES } from '../kit/dashboards/dashboardLinter.ts';

for (const name of DASHBOARDS) {
  test(`${name} follows every rule of the dashboard linter`, () => {
    const dashboard = readDashboard(name);
    const problems = Object.entries(LINT_RULES).map(([rule, check]) => [rule, check(dashboard)]);
    assert.equal(problems.length, 17);
    assert.deepEqual(
      problems.filter(([, found]) => found?.length !== 0),
      [],
    );
  });
}

/** One violation of each rule. */
const VIOLATIONS: Readonly<Record<string, (dashboard: DashboardFile) => void>> = {
  'template-datasource-rule': (dashboard) =>
    (variable(dashboard, 'prometheus_datasource').label = 'Prometheus'),
  'template-job-rule': (dashboard) => (variable(dashboard, 'job').allValue = '.*'),
  'template-instance-rule': (dashboard) => (variable(dashboard, 'instance').multi = false),
  'template-label-promql-rule': (dashboard) =>
    (variable(dashboard, 'job').query = 'label_values(up{, job)'),
  'template-on-time-change-reload-rule': (dashboard) => (variable(dashboard, 'job').refresh = 1),
  'panel-datasource-rule': (dashboard) =>
    (panel(dashboard).datasource = { type: 'prometheus', uid: 'P1809' }),
  'panel-title-description-rule': (dashboard) => delete panel(dashboard).description,
  'panel-units-rule': (dashboard) =>
    Object.assign(panel(dashboard).fieldConfig?.defaults ?? {}, { unit: 'hops' }),
  'panel-no-targets-rule': (dashboard) => (panel(dashboard).targets = []),
  'target-logql-rule': (dashboard) => setQuery(dashboard, '{app="x"} |', 'loki'),
  'target-logql-auto-rule': (dashboard) => setQuery(dashboard, 'rate({app="x"}[5m])', 'loki'),
  'target-promql-rule': (dashboard) => setQuery(dashboard, 'sum(rate('),
  'target-rate-interval-rule': (dashboard) =>
    setQuery(dashboard, 'rate(x{job=~"$job", instance=~"$instance"}[5m])'),
  'target-job-rule': (dashboard) => setQuery(dashboard, 'x{instance=~"$instance"}'),
  'target-instance-rule': (dashboard) => setQuery(dashboard, 'x{job=~"$job"}'),
  'target-counter-agg-rule': (dashboard) =>
    setQuery(dashboard, 'sum(x_total{job=~"$job", instance=~"$instance"})'),
  'uneditable-dashboard': (dashboard) => (dashboard.editable = true),
};

for (const [rule, check] of Object.entries(LINT_RULES)) {
  test(`${rule} reports a violation`, () => {
    const dashboard = readDashboard('fleet');
    assert.ok(VIOLATIONS[rule]);
    VIOLATIONS[rule](dashboard);
    assert.notDeepEqual(check(dashboard), []);
  });
}

function variable({ templating }: DashboardFile, name: string) {
  const found = templating.list.find((one) => one.name === name);
  assert.ok(found);
  return found;
}

function panel(dashboard: DashboardFile) {
  const [first] = panelsOf(dashboard);
  assert.ok(first);
  return first;
}

function setQuery(dashboard: DashboardFile, expr: string, engine = 'prometheus'): void {
  panel(dashboard).targets = [
    { datasource: { type: engine, uid: `\${${engine}_datasource}` }, expr },
  ];
}
