import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conventionPattern, metricName, type Metric } from '../../dashboards/promql.ts';
import { ruleGroups } from '../../dashboards/rules/rulesFile.ts';
import { CATALOGUE } from '../../telemetry/metrics/instruments.ts';
import { DASHBOARDS, panelsOf, readDashboard } from '../kit/dashboards/dashboardFile.ts';

/** What is counted and not shown, and why. */
const ABSENT: Partial<Record<Metric, string>> = {
  processDuration: 'processingDuration says the same, under a name that no exporter changes',
  consumedMessages: 'messagesReceived says the same',
  operationDuration: 'sendDuration says the same',
  sentMessages: 'messagesSent says the same',
  loopDelayMin: 'only late timers hurt: loopDelayP99',
  loopDelayMax: 'one garbage collection makes it: loopDelayP99',
  loopDelayMean: 'hides the late timers: loopDelayP99',
  loopDelayStddev: 'says less than loopDelayP99',
  loopDelayP50: 'only late timers hurt: loopDelayP99',
  loopDelayP90: 'only late timers hurt: loopDelayP99',
};

const queries = [
  ...DASHBOARDS.flatMap((name) => panelsOf(readDashboard(name)))
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr = '' }) => expr),
  ...ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)),
].join('\n');

test('every metric is on a panel or in a rule, or there is a reason why not', () => {
  for (const metric of Object.keys(CATALOGUE) as Metric[]) {
    const { convention } = CATALOGUE[metric];
    const name = convention ? `"${conventionPattern(CATALOGUE[metric])}"` : metricName(metric);
    const shown = queries.includes(name);
    assert.equal(shown, ABSENT[metric] === undefined, `${metric} is ${shown ? '' : 'not '}shown`);
  }
});
