import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowOf } from '../../../ui/live/rowWindow.ts';

const VIEWPORT = { height: 300, rowHeight: 30 };

test('the window contains the visible rows and eight around them', () => {
  assert.deepEqual(windowOf({ ...VIEWPORT, scrollTop: 3_000 }, 1_000), { from: 92, to: 118 });
});

test('at the ends of a list the window has the same size', () => {
  assert.deepEqual(windowOf({ ...VIEWPORT, scrollTop: 0 }, 1_000), { from: 0, to: 26 });
  assert.deepEqual(windowOf({ ...VIEWPORT, scrollTop: 30_000 }, 1_000), { from: 974, to: 1_000 });
});

test('a short list is in the document as a whole', () => {
  assert.deepEqual(windowOf({ ...VIEWPORT, scrollTop: 500 }, 5), { from: 0, to: 5 });
  assert.deepEqual(windowOf({ ...VIEWPORT, scrollTop: 0 }, 0), { from: 0, to: 0 });
});
