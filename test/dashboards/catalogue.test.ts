import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conventionPattern, metricName, type Metric } from '../../dashboards/promql.ts';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import { CATALOGUE } from '../../telemetry/metrics/instruments.ts';
import { DASHBOARDS, panelsOf, readDashboard } from '../kit/dashboards/dashboardFile.ts';

/** Metrics that no panel or rule uses, with the reason. */
const UNUSED: Partial<Record<Metric, string>> = {
  processDuration: 'processingDuration is equal, and no exporter changes its name',
  consumedMessages: 'equals messagesReceived',
  operationDuration: 'equals sendDuration',
  sentMessages: 'equals messagesSent',
  loopDelayMin: 'only long delays matter: see loopDelayP99',
  loopDelayMax: 'a single garbage collection determines it: see loopDelayP99',
  loopDelayMean: 'hides long delays: see loopDelayP99',
  loopDelayStddev: 'less informative than loopDelayP99',
  loopDelayP50: 'only long delays matter: see loopDelayP99',
  loopDelayP90: 'only long delays matter: see loopDelayP99',
};

const queries = [
  ...DASHBOARDS.flatMap((name) => panelsOf(readDashboard(name)))
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr = '' }) => expr),
  ...ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)),
].join('\n');

test('every metric is used by a panel or a rule, except for the listed ones', () => {
  for (const metric of Object.keys(CATALOGUE) as Metric[]) {
    const { definedBy } = CATALOGUE[metric];
    const pattern = `"${conventionPattern(CATALOGUE[metric])}"`;
    const name = definedBy === 'opentelemetry' ? pattern : metricName(metric);
    const isUsed = queries.includes(name);
    assert.equal(isUsed, UNUSED[metric] === undefined, `${metric} is ${isUsed ? '' : 'not '}used`);
  }
});
