import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart, type ChartPoint } from '../../bench/chart.ts';

test('below a point stands how far the work has grown, and what the sidecar reached of the limit in a turn', () => {
  const uneven = { ...pointOf(2_000, 1, 1), limit: [100, 1_000, 100], sidecar: [50, 500, 100] };
  const texts = textsOf(draw([pointOf(1, 10, 10), pointOf(1_000, 10, 9), uneven]));
  assert.deepEqual(texts.slice(-10, -3), [
    '1',
    '1.00',
    '1,000',
    '0.90',
    '2,000',
    '0.50',
    'of limit',
  ]);
});

test('a rate that hardly changes is drawn from 0 on, one that falls a thousandfold by powers of ten', () => {
  const level = textsOf(draw([pointOf(1, 2_100, 1_900), pointOf(10, 2_000, 1_800)]));
  assert.deepEqual(level.slice(2, 8), ['hops/s', '0', '500', '1,000', '1,500', '2,000']);
  const falling = textsOf(draw([pointOf(1, 2_100, 1_900), pointOf(10, 2.1, 1.9)]));
  assert.deepEqual(falling.slice(2, 6), ['hops/s', '10', '100', '1,000']);
});

test('the names of lines that end at one height stand one above the other, the faster one on top', () => {
  for (const [limit, sidecar] of [
    [1_000, 999],
    [999, 1_000],
  ] as const) {
    const picture = draw([pointOf(1, 1_000, 1_000), pointOf(10, limit, sidecar)]);
    const below = heightOf('sidecar', picture) - heightOf('limit', picture);
    assert.equal(Math.round(below), limit > sidecar ? 16 : -16);
  }
});

function draw(points: readonly ChartPoint[]): string {
  return drawChart({ title: 'a title', note: 'a note', axis: 'what grows', points });
}

function pointOf(at: number, limit: number, sidecar: number): ChartPoint {
  return { name: `at ${at}`, at, unit: 'hops/s', as: 'ratio', limit: [limit], sidecar: [sidecar] };
}

function textsOf(picture: string): string[] {
  return Array.from(picture.matchAll(/>([^<>]+)<\/text>/g), ([, content = '']) => content);
}

function heightOf(content: string, picture: string): number {
  return Number(new RegExp(`y="([\\d.]+)"[^>]*>${content}<`).exec(picture)?.[1]);
}
