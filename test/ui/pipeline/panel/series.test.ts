import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryPoint } from '../../../../src/cli/ui/pipeline/contract.ts';
import { createChartOption } from '../../../../ui/pipeline/panel/chartOption.ts';
import { partAt, PLOT, pointAt } from '../../../../ui/pipeline/panel/cursor.ts';
import {
  CHARTS,
  describeChart,
  hasValues,
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

test('the table has one row a minute, the newest first', () => {
  const times = minutesOf(POINTS).map(({ time }) => time);
  assert.deepEqual(times, ['2026-11-29T12:01:00Z', '2026-11-29T12:00:50Z']);
});

test('a chart shows the last 10 minutes, with gaps for missing values', () => {
  const end = Date.parse('2026-11-29T12:05:00Z');
  const style = { resolve: (name: string) => name, font: 'sans-serif' };
  const option = createChartOption(DEPTH, POINTS, style, end);
  const [line] = [option.series].flat();
  assert.deepEqual(
    [line?.data].flat(1),
    POINTS.map(({ time, ready }) => [Date.parse(time), ready ?? '-']),
  );
  assert.deepEqual(
    [option.xAxis].flat().map((axis) => [axis?.min, axis?.max]),
    [[end - 600_000, end]],
  );
});

test('the pointer selects the nearest point, and nothing outside of the lines', () => {
  const end = Date.parse('2026-11-29T12:01:00Z');
  const width = PLOT.left + PLOT.right + 600;
  const select = (x: number): string | undefined => pointAt(POINTS, x, width, end)?.time;
  assert.equal(select(PLOT.left + 600), '2026-11-29T12:01:00Z');
  assert.equal(select(PLOT.left + 592), '2026-11-29T12:00:50Z');
  assert.equal(select(PLOT.left), '2026-11-29T12:00:00Z');
  assert.equal(select(PLOT.left - 1), undefined);
  assert.equal(select(width), undefined);
  assert.equal(pointAt([], 100, width, end), undefined);
});

test('the line of the pointer is at the time of its point', () => {
  const end = Date.parse('2026-11-29T12:10:00Z');
  const parts = ['2026-11-29T12:10:00Z', '2026-11-29T12:05:00Z', '2026-11-29T11:00:00Z'];
  assert.deepEqual(
    parts.map((time) => partAt(time, end)),
    [1, 0.5, 0],
  );
});

test('a chart without any value is not shown', () => {
  const queueOnly = [{ time: '2026-11-30T01:00:00Z', ready: 0 }];
  assert.deepEqual(
    CHARTS.map((chart) => hasValues(chart, queueOnly)),
    [true, false, false],
  );
});
