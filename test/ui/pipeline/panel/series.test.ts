import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryPoint } from '../../../../src/cli/ui/pipeline/contract.ts';
import { createChartOption } from '../../../../ui/pipeline/panel/chartOption.ts';
import {
  CHARTS,
  describeChart,
  latestOf,
  minutesOf,
} from '../../../../ui/pipeline/panel/series.ts';

const [DEPTH] = CHARTS;
assert.ok(DEPTH);

const POINTS: readonly HistoryPoint[] = [
  { time: '2026-11-29T12:00:00Z', ready: 340 },
  { time: '2026-11-29T12:00:50Z' },
  { time: '2026-11-29T12:01:00Z', ready: 12 },
];

test('a chart is described by its newest and its highest value', () => {
  assert.equal(describeChart(DEPTH, POINTS), 'waiting: now 12, highest 340');
  assert.equal(describeChart(DEPTH, []), 'waiting: no values');
});

test('a line without a newest value has none', () => {
  const [series] = DEPTH.series;
  assert.ok(series);
  assert.equal(latestOf(series, POINTS), 12);
  assert.equal(latestOf(series, POINTS.slice(0, 2)), undefined);
});

test('the table has one row a minute, the newest first', () => {
  const times = minutesOf(POINTS).map(({ time }) => time);
  assert.deepEqual(times, ['2026-11-29T12:01:00Z', '2026-11-29T12:00:50Z']);
});

test('a chart shows the last 10 minutes, with gaps for missing values and without HTML', () => {
  const now = new Date('2026-11-29T12:05:00Z');
  const colors = { resolve: (name: string) => name, font: 'sans-serif' };
  const option = createChartOption(DEPTH, POINTS, colors, now);
  const [line] = [option.series].flat();
  assert.deepEqual(
    [line?.data].flat(1),
    POINTS.map(({ time, ready }) => [Date.parse(time), ready ?? '-']),
  );
  assert.deepEqual(
    [option.xAxis].flat().map((axis) => [axis?.min, axis?.max]),
    [[now.getTime() - 600_000, now.getTime()]],
  );
  assert.deepEqual(
    [option.tooltip].flat().map((tooltip) => tooltip?.renderMode),
    ['richText'],
  );
});
