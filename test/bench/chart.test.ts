import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart, type ChartPoint } from '../../bench/chart.ts';

test('a label below each point has the parameter and the median of the ratios within the turns', () => {
  const uneven = { ...pointOf(2_000, 1, 1), limit: [100, 1_000, 100], sidecar: [50, 500, 100] };
  const texts = textsOf(draw([pointOf(1, 10, 10), pointOf(1_000, 10, 9), uneven]));
  const ratioBelow = (at: string): string | undefined => texts[texts.lastIndexOf(at) + 1];
  assert.deepEqual(['1', '1,000', '2,000'].map(ratioBelow), ['1.00', '0.90', '0.50']);
});

test('the rate axis starts at 0, and is logarithmic if the rates differ by more than a hundredfold', () => {
  const level = textsOf(draw([pointOf(1, 2_100, 1_900), pointOf(10, 2_000, 1_800)]));
  for (const label of ['0', '500', '1,000', '1,500', '2,000']) assert.ok(level.includes(label));
  const falling = textsOf(draw([pointOf(1, 2_100, 1_900), pointOf(10, 2.1, 1.9)]));
  for (const label of ['10', '100', '1,000']) assert.ok(falling.includes(label));
  assert.ok(!falling.includes('500'));
});

test('the labels of lines with equal ends do not overlap', () => {
  const picture = draw([pointOf(1, 1_000, 1_000), pointOf(10, 1_000, 1_000)]);
  assert.ok(Math.abs(heightOf('sidecar', picture) - heightOf('limit', picture)) >= 12);
});

function draw(points: readonly ChartPoint[]): string {
  return drawChart({ title: 'a title', note: 'a note', axis: 'a parameter', points });
}

function pointOf(at: number, limit: number, sidecar: number): ChartPoint {
  return { name: `at ${at}`, at, unit: 'hops/s', as: 'ratio', limit: [limit], sidecar: [sidecar] };
}

function textsOf(picture: string): string[] {
  return Array.from(picture.matchAll(/>([^<>]+)<\/text>/g), ([, content = '']) => content);
}

function heightOf(content: string, picture: string): number {
  return Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)[^>]*>${content}<`).exec(picture)?.[1]);
}
