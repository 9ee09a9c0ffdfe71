import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DepthTrends } from '../../../../ui/pipeline/state/depthTrends.ts';
import { createDepth } from '../pipelines.ts';

const SECOND = 1_000;

/** The growth after the depths were measured, one every 5 s. */
function growthAfter(depths: readonly number[]): number | undefined {
  const trends = new DepthTrends();
  for (const [index, depth] of depths.entries()) {
    trends.add(createDepth('infer', depth, index * 5 * SECOND));
  }
  return trends.growthPerMinute('infer');
}

test('a queue that rises steadily grows', () => {
  assert.equal(growthAfter([0, 10, 20, 30, 40, 50, 60]), 120);
});

test('a queue that keeps its depth, or shrinks, does not grow', () => {
  assert.equal(growthAfter([500, 500, 500, 500, 500, 500, 500]), undefined);
  assert.equal(growthAfter([500, 400, 300, 200, 100, 50, 0]), undefined);
});

test('a burst that is being processed does not grow', () => {
  assert.equal(growthAfter([0, 0, 100, 80, 60, 40, 20]), undefined);
});

test('growth that stops is no growth', () => {
  assert.equal(growthAfter([0, 10, 20, 30, 40, 50, 20]), undefined);
});

test('a few messages more are no growth', () => {
  assert.equal(growthAfter([0, 1, 2, 3, 4, 5, 6]), undefined);
  assert.equal(growthAfter([10_000, 10_010, 10_020, 10_030, 10_040, 10_050]), undefined);
});

test('the first 20 seconds show no growth', () => {
  assert.equal(growthAfter([0, 100, 200, 300]), undefined);
  assert.notEqual(growthAfter([0, 100, 200, 300, 400]), undefined);
});

test('depths older than a minute are forgotten', () => {
  const zeros = Array.from({ length: 10 }, () => 0);
  const depths = Array.from({ length: 13 }, () => 1_000);
  assert.equal(growthAfter([...zeros, ...depths]), undefined);
});

test('an actor that disappears starts again', () => {
  const trends = new DepthTrends();
  for (let second = 0; second <= 40; second += 10)
    trends.add(createDepth('infer', second * 10, second * SECOND));
  assert.notEqual(trends.growthPerMinute('infer'), undefined);
  trends.add(createDepth('other', 0, 50 * SECOND));
  trends.add(createDepth('infer', 600, 60 * SECOND));
  assert.equal(trends.growthPerMinute('infer'), undefined);
});

test('an unknown actor does not grow', () => {
  assert.equal(new DepthTrends().growthPerMinute('__proto__'), undefined);
});
