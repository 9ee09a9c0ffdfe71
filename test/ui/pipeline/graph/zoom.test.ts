import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distanceOf,
  fitScale,
  scrollToReveal,
  zoomByWheel,
  zoomIn,
  zoomOut,
} from '../../../../ui/pipeline/graph/zoom.ts';

const FRAME = { width: 1000, height: 600 };

test('a graph is fitted into its frame', () => {
  assert.equal(fitScale({ width: 2000, height: 600 }, FRAME, 'right'), 0.5);
  assert.equal(fitScale({ width: 1000, height: 1200 }, FRAME, 'right'), 0.5);
});

test('a graph that leads down is as wide as its frame, because the page scrolls', () => {
  assert.equal(fitScale({ width: 2000, height: 9000 }, FRAME, 'down'), 0.5);
});

test('a small graph is hardly enlarged, and a huge one stays legible', () => {
  assert.equal(fitScale({ width: 300, height: 100 }, FRAME, 'right'), 1.2);
  assert.equal(fitScale({ width: 100_000, height: 100 }, FRAME, 'right'), 0.42);
});

test('zooming out reverses zooming in, within limits', () => {
  assert.equal(zoomOut(zoomIn(0.8)), 0.8);
  assert.equal(zoomIn(1.9), 2);
  assert.equal(zoomOut(0.21), 0.2);
});

test('a turn of the wheel upwards enlarges', () => {
  assert.ok(zoomByWheel(1, -100) > 1);
  assert.ok(zoomByWheel(1, 100) < 1);
});

test('cards show less the smaller they are', () => {
  assert.deepEqual([1, 0.5, 0.2].map(distanceOf), [undefined, 'far', 'very']);
});

test('a card is revealed by the shortest way', () => {
  const reveal = (scroll: number): number => scrollToReveal(scroll, 500, { start: 324, end: 476 });
  assert.equal(reveal(100), 100);
  assert.equal(reveal(400), 300);
  assert.equal(reveal(0), 0);
  assert.equal(scrollToReveal(0, 300, { start: 324, end: 476 }), 200);
  assert.equal(scrollToReveal(0, 100, { start: 324, end: 476 }), 300);
});
