import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JourneyRow } from '../../../src/cli/ui/journey/contract.ts';
import { percent } from '../../../ui/journey/percent.ts';
import { createTimeScale } from '../../../ui/journey/timeScale.ts';

function row(startMs: number, endMs: number): JourneyRow {
  const parts = [{ kind: 'runtime', startMs, endMs }] as const;
  return { kind: 'hop', key: String(startMs), depth: 0, name: 'infer', parts };
}

test('the scale is linear, and its labels have round numbers', () => {
  const scale = createTimeScale([row(0, 40), row(50, 165)], 165);
  assert.equal(scale.positionOf(0), 0);
  assert.equal(scale.positionOf(82.5), 0.5);
  assert.equal(scale.positionOf(165), 1);
  assert.deepEqual(
    scale.ticks.map(({ text }) => text),
    ['0', '50 ms', '100 ms'],
  );
  assert.deepEqual(scale.breaks, []);
});

test('times outside of the journey are at its borders', () => {
  const scale = createTimeScale([row(0, 10)], 10);
  assert.deepEqual([scale.positionOf(-5), scale.positionOf(99)], [0, 1]);
});

test('a long pause is drawn shorter, so that the hops on both sides are visible', () => {
  const hour = 3_600_000;
  const scale = createTimeScale([row(0, 100), row(hour, hour + 100)], hour + 100);
  assert.equal(scale.breaks.length, 1);
  assert.equal(scale.breaks[0]?.text, '60 min');
  assert.ok(scale.positionOf(100) > 0.35);
  assert.ok(scale.positionOf(hour) < 0.65);
  assert.equal(scale.positionOf(hour + 100), 1);
});

test('rows that are not shown are no pause', () => {
  const counts = { all: 9, failed: 0, waiting: 0, startMs: 100, endMs: 3_599_000 };
  const omitted: JourneyRow = { ...row(0, 0), kind: 'omitted', parts: [], counts };
  const scale = createTimeScale([row(0, 100), omitted, row(3_600_000, 3_600_100)], 3_600_100);
  assert.deepEqual(scale.breaks, []);
});

test('a journey without duration, or without rows, has a scale too', () => {
  assert.equal(createTimeScale([row(0, 0)], 0).positionOf(0), 0);
  assert.equal(createTimeScale([], 0).positionOf(0), 0);
});

test('the labels of the axis do not overlap, whatever the duration', () => {
  for (const durationMs of [0.004, 0.9, 7, 99, 1_234, 61_000, 3_599_000, 86_400_000 * 40]) {
    const { ticks } = createTimeScale([row(0, durationMs)], durationMs);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${durationMs}: ${ticks.length}`);
    for (const [index, { position, text }] of ticks.entries()) {
      const next = ticks[index + 1]?.position ?? 1;
      assert.ok(next - position >= 0.17, `${durationMs}: ${text}`);
      assert.ok(text.length <= 9, text);
    }
  }
});

test('a damaged time has a place on the axis, and a short label', () => {
  for (const durationMs of [1e308, Number.NaN, Number.POSITIVE_INFINITY, -5]) {
    const scale = createTimeScale([row(0, durationMs), row(-1e308, 7)], durationMs);
    for (const ms of [0, 1e308, -1e308, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.match(percent(scale.positionOf(ms)), /^(100|\d\d?)\.\d{3}%$/);
    }
    for (const { text } of scale.ticks) assert.ok(text.length <= 12 && !text.includes('NaN'), text);
  }
});
