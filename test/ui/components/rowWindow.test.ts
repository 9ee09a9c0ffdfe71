import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowAfterKey } from '../../../ui/components/rowKeys.ts';
import { windowOf } from '../../../ui/components/rowWindow.ts';

const ROW = 32;

test('the window has the visible rows and a margin', () => {
  assert.deepEqual(windowOf({ top: 0, height: 320 }, ROW, 50_000), { first: 0, end: 20 });
  const middle = windowOf({ top: 32_000, height: 320 }, ROW, 50_000);
  assert.deepEqual(middle, { first: 990, end: 1_020 });
  const bottom = windowOf({ top: 50_000 * ROW - 320, height: 320 }, ROW, 50_000);
  assert.deepEqual(bottom, { first: 49_980, end: 50_000 });
});

test('the window of a list that became shorter stays inside it', () => {
  assert.deepEqual(windowOf({ top: 32_000, height: 320 }, ROW, 3), { first: 2, end: 3 });
  assert.deepEqual(windowOf({ top: 32_000, height: 320 }, ROW, 0), { first: 0, end: 0 });
});

test('keys move between rows and stop at the ends', () => {
  const list = { count: 100, page: 20 };
  const cases = [
    ['ArrowDown', 5, 6],
    ['ArrowUp', 0, 0],
    ['ArrowDown', 99, 99],
    ['PageDown', 5, 25],
    ['PageUp', 5, 0],
    ['Home', 5, 0],
    ['End', 5, 99],
    ['a', 5, undefined],
  ] as const;
  for (const [key, from, to] of cases) assert.equal(rowAfterKey(key, from, list), to, key);
  assert.equal(rowAfterKey('End', 0, { count: 0, page: 20 }), undefined);
});
