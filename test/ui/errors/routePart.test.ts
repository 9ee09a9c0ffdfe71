import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routePartAround } from '../../../ui/errors/message/routePart.ts';

test('a route is shown whole up to 50 actors', () => {
  assert.deepEqual(routePartAround(0, 0), { start: 0, end: 0 });
  assert.deepEqual(routePartAround(49, 50), { start: 0, end: 50 });
});

test('of a long route, the actors around the place of the envelope are shown', () => {
  assert.deepEqual(routePartAround(0, 5_000), { start: 0, end: 50 });
  assert.deepEqual(routePartAround(2_500, 5_000), { start: 2_475, end: 2_525 });
  assert.deepEqual(routePartAround(4_999, 5_000), { start: 4_950, end: 5_000 });
});

test('a place outside of a long route shows its nearest end', () => {
  assert.deepEqual(routePartAround(-1e9, 5_000), { start: 0, end: 50 });
  assert.deepEqual(routePartAround(1e9, 5_000), { start: 4_950, end: 5_000 });
});
