import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DASHBOARDS } from '../kit/dashboards/dashboardFile.ts';
import { findPrometheus } from '../kit/telemetry/monitoringPrograms.ts';
import type { TimeSeries } from '../kit/telemetry/prometheusServer.ts';
import {
  EMPTY_VARIABLES,
  EXPECTED,
  PANELS_WITHOUT_PROMQL,
  PENDING_ALERTS,
  INACTIVE_ALERTS,
} from '../../tools/live/expectations.ts';
import {
  legendNames,
  queryPanels,
  valuesOf,
  type QueryResult,
} from '../../tools/live/queryResults.ts';
import {
  annotationQueries,
  readRules,
  panelsWithoutPromql,
  variableQueries,
} from '../../tools/live/panelQueries.ts';
import { runScenario, type ScenarioRun } from '../../tools/live/scenario.ts';

/**
 * Runs the scenario once, with sidecar processes on a real broker, and queries a real Prometheus
 * for the results.
 */

const { skip } = findPrometheus();

/** A loaded machine misses some scrapes in a row. A sidecar then seems to be gone for a moment. */
const MISSED_SCRAPES_S = 10;

let run: ScenarioRun;
let results: QueryResult[];

before(async () => {
  if (skip !== false) return;
  run = await runScenario();
  results = await queryPanels(run);
});
after(() => run?.close());

test('every panel query returns finite values that are not negative', { skip }, () => {
  const wrong = results.flatMap(({ name, query, series }) => {
    const values = valuesOf(series);
    if (values.length === 0) return [`no data: ${name}: ${query.expr}`];
    return values.every((value) => Number.isFinite(value) && value >= 0)
      ? []
      : [`${name}: ${query.expr}`];
  });
  assert.deepEqual(wrong, []);
});

test('the highest value of every query is in the range that the load explains', { skip }, () => {
  const wrong = results.flatMap(({ name, query: { dashboard, panel }, index, series }) => {
    const [least, most] = EXPECTED[dashboard][panel]?.[index] ?? [Infinity, -Infinity];
    const peak = Math.max(...valuesOf(series));
    return least <= peak && peak <= most
      ? []
      : [`${name}: ${peak} is not between ${least} and ${most}`];
  });
  assert.deepEqual(wrong, []);
});

test('every expectation belongs to an existing panel and query', { skip }, () => {
  for (const dashboard of DASHBOARDS) {
    const queried = results.filter(({ query }) => query.dashboard === dashboard);
    const counts = Map.groupBy(queried, ({ query }) => query.panel);
    assert.deepEqual(
      Object.entries(EXPECTED[dashboard]).map(([panel, orders]) => [panel, orders.length]),
      [...counts].map(([panel, { length }]) => [panel, length]),
    );
  }
});

test('every panel without a Prometheus query is listed with its reason', { skip }, () => {
  assert.deepEqual(panelsWithoutPromql(), Object.keys(PANELS_WITHOUT_PROMQL));
});

test('every state timeline shows both states', { skip }, () => {
  const timelines = results.filter(({ query }) => query.type === 'state-timeline');
  assert.ok(timelines.length > 0);
  for (const { name, series } of timelines) {
    assert.deepEqual(new Set(valuesOf(series)), new Set([0, 1]), name);
  }
});

test('a legend has a unique name for every series of a panel', { skip }, () => {
  const panels = Map.groupBy(
    results.filter(({ query }) => query.legend !== ''),
    ({ query }) => `${query.dashboard}: ${query.panel}`,
  );
  for (const [panel, queried] of panels) {
    const names = queried.flatMap(legendNames);
    assert.deepEqual(names, [...new Set(names)], panel);
    assert.ok(!names.includes(''), panel);
  }
});

test('every edge of the message flow has a node at both ends', { skip }, () => {
  const [nodes = [], arrows = []] = results
    .filter(({ query }) => query.panel === 'Message flow')
    .map(({ series }) => series.map(({ metric }) => metric));
  const ids = nodes.map(({ id = '' }) => id);
  assert.deepEqual(ids.toSorted(), ['error-end', 'happy-end', 'infer', 'prep']);
  assert.deepEqual(arrows.map(({ source, target }) => `${source} → ${target}`).toSorted(), [
    'infer → error-end',
    'infer → happy-end',
    'prep → error-end',
    'prep → infer',
  ]);
});

test('every variable has options, except for the listed ones', { skip }, async () => {
  for (const { name, series, label } of variableQueries()) {
    const found = await query(series);
    const values = found.flatMap(({ metric }) => metric[label] ?? []);
    assert.equal(values.length > 0, EMPTY_VARIABLES[name] === undefined, `${name}: ${series}`);
  }
});

test('every annotation query returns data', { skip }, async () => {
  for (const expr of annotationQueries()) assert.ok((await query(expr)).length > 0, expr);
});

test(
  'every rule is healthy, and every recording rule returns finite values for each actor or queue',
  { skip },
  async () => {
    const states = await run.pipeline.prometheus.rules();
    assert.deepEqual(
      states.filter(({ health }) => health !== 'ok'),
      [],
    );
    for (const { record } of readRules()) {
      if (record === undefined) continue;
      const series = await query(record);
      const isOfActors = record.startsWith('actor:');
      assert.deepEqual(
        new Set(series.map(({ metric }) => metric[isOfActors ? 'actor' : 'queue'])),
        new Set(isOfActors ? ['error-end', 'happy-end', 'infer', 'prep'] : ['error-end']),
        record,
      );
      assert.ok(valuesOf(series).every(Number.isFinite), `${record} has NaN`);
    }
  },
);

test('exactly the alerts that the scenario triggers are pending or firing', { skip }, async () => {
  const alerts = await query('ALERTS');
  const expected = new Set<string | undefined>(PENDING_ALERTS);
  const lasting = alerts.filter(
    ({ metric, points }) => expected.has(metric['alertname']) || points.length > MISSED_SCRAPES_S,
  );
  assert.deepEqual(new Set(lasting.map(({ metric }) => metric['alertname'])), expected);
  const all = readRules().flatMap(({ alert }) => alert ?? []);
  assert.deepEqual(new Set(all), new Set([...PENDING_ALERTS, ...Object.keys(INACTIVE_ALERTS)]));
});

test('histograms have exemplars with trace ids', { skip }, async () => {
  const { pipeline, fromS, toS } = run;
  const histogram = 'asya_actor_processing_duration_seconds_bucket{actor="infer"}';
  const traces = await pipeline.prometheus.exemplars(histogram, fromS, toS);
  assert.ok(traces.length > 0);
  for (const id of traces) assert.match(id, /^[0-9a-f]{32}$/);
});

function query(query: string): Promise<TimeSeries[]> {
  return run.pipeline.prometheus.range(query, run.fromS, run.toS);
}
