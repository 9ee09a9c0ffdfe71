import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DASHBOARDS } from '../kit/dashboards/dashboardFile.ts';
import { findPrometheus, NO_PROMETHEUS } from '../kit/telemetry/promtool.ts';
import type { TimeSeries } from '../kit/telemetry/prometheusServer.ts';
import {
  EMPTY_VARIABLES,
  EXPECTED,
  NOT_OF_PROMETHEUS,
  SEEN_ALERTS,
  UNSEEN_ALERTS,
} from '../../tools/live/expectations.ts';
import { answersOf, namesOf, valuesOf, type Answer } from '../../tools/live/queryResults.ts';
import {
  annotationQueries,
  committedRules,
  otherPanels,
  variableQueries,
} from '../../tools/live/panelQueries.ts';
import { tellStory, type Story } from '../../tools/live/scenario.ts';

/**
 * Everything happens once to real sidecars on a real broker, and a real Prometheus is asked what it
 * has seen.
 */

const skip = findPrometheus() === undefined ? NO_PROMETHEUS : false;

let story: Story;
let answers: Answer[];

before(async () => {
  if (skip !== false) return;
  story = await tellStory();
  answers = await answersOf(story);
});
after(() => story?.close());

test('every query of every panel has data: numbers, and none below 0', { skip }, () => {
  const wrong = answers.flatMap(({ name, query, series }) => {
    const values = valuesOf(series);
    if (values.length === 0) return [`no data: ${name}: ${query.expr}`];
    return values.every((value) => Number.isFinite(value) && value >= 0)
      ? []
      : [`${name}: ${query.expr}`];
  });
  assert.deepEqual(wrong, []);
});

test('the highest value of every query is of the order that the traffic makes it', { skip }, () => {
  const wrong = answers.flatMap(({ name, query: { dashboard, panel }, index, series }) => {
    const [least, most] = EXPECTED[dashboard][panel]?.[index] ?? [Infinity, -Infinity];
    const peak = Math.max(...valuesOf(series));
    return least <= peak && peak <= most ? [] : [`${name}: ${peak} is not in ${least} … ${most}`];
  });
  assert.deepEqual(wrong, []);
});

test('what is expected is expected of panels and queries that there are', { skip }, () => {
  for (const dashboard of DASHBOARDS) {
    const asked = answers.filter(({ query }) => query.dashboard === dashboard);
    const counts = Map.groupBy(asked, ({ query }) => query.panel);
    assert.deepEqual(
      Object.entries(EXPECTED[dashboard]).map(([panel, orders]) => [panel, orders.length]),
      [...counts].map(([panel, { length }]) => [panel, length]),
    );
  }
});

test('a panel that asks somebody else is known to do so', { skip }, () => {
  assert.deepEqual(otherPanels(), Object.keys(NOT_OF_PROMETHEUS));
});

test('every timeline shows both of its states', { skip }, () => {
  const timelines = answers.filter(({ query }) => query.type === 'state-timeline');
  assert.ok(timelines.length > 0);
  for (const { name, series } of timelines) {
    assert.deepEqual(new Set(valuesOf(series)), new Set([0, 1]), name);
  }
});

test('a legend names every series of a panel, and no two the same', { skip }, () => {
  const panels = Map.groupBy(
    answers.filter(({ query }) => query.legend !== ''),
    ({ query }) => `${query.dashboard}: ${query.panel}`,
  );
  for (const [panel, asked] of panels) {
    const names = asked.flatMap(namesOf);
    assert.deepEqual(names, [...new Set(names)], panel);
    assert.ok(!names.includes(''), panel);
  }
});

test('every arrow of the flow begins and ends at a node', { skip }, () => {
  const [nodes = [], arrows = []] = answers
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

test('every variable offers something to choose, or is known not to', { skip }, async () => {
  for (const { name, series, label } of variableQueries()) {
    const found = await ask(series);
    const values = found.flatMap(({ metric }) => metric[label] ?? []);
    assert.equal(values.length > 0, EMPTY_VARIABLES[name] === undefined, `${name}: ${series}`);
  }
});

test('every annotation marks something', { skip }, async () => {
  for (const expr of annotationQueries()) assert.ok((await ask(expr)).length > 0, expr);
});

test(
  'every rule is evaluated, and every recorded one has numbers for each actor',
  { skip },
  async () => {
    const states = await story.pipeline.prometheus.rules();
    assert.deepEqual(
      states.filter(({ health }) => health !== 'ok'),
      [],
    );
    for (const { record } of committedRules()) {
      if (record === undefined) continue;
      const series = await ask(record);
      assert.deepEqual(
        new Set(series.map(({ metric }) => metric['actor'])),
        new Set(['error-end', 'happy-end', 'infer', 'prep']),
        record,
      );
      assert.ok(valuesOf(series).every(Number.isFinite), `${record} has NaN`);
    }
  },
);

test('the alerts for what has happened were on their way, and no others', { skip }, async () => {
  const seen = new Set((await ask('ALERTS')).map(({ metric }) => metric['alertname']));
  assert.deepEqual(seen, new Set(SEEN_ALERTS));
  const all = committedRules().flatMap(({ alert }) => alert ?? []);
  assert.deepEqual(new Set(all), new Set([...SEEN_ALERTS, ...Object.keys(UNSEEN_ALERTS)]));
});

test('points of histograms lead to traces', { skip }, async () => {
  const { pipeline, fromS, toS } = story;
  const histogram = 'asya_actor_processing_duration_seconds_bucket{actor="infer"}';
  const traces = await pipeline.prometheus.exemplars(histogram, fromS, toS);
  assert.ok(traces.length > 0);
  for (const id of traces) assert.match(id, /^[0-9a-f]{32}$/);
});

function ask(query: string): Promise<TimeSeries[]> {
  return story.pipeline.prometheus.range(query, story.fromS, story.toS);
}
