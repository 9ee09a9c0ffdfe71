import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineProgress } from '../../../../src/cli/replay/command/lineProgress.ts';

test('all lines before the first open one are complete', () => {
  const progress = new LineProgress();
  assert.equal(progress.completeThrough, 0);
  for (const line of [1, 2, 4]) progress.start(line);
  assert.equal(progress.completeThrough, 0);
  progress.complete(2);
  assert.equal(progress.completeThrough, 0);
  progress.complete(1);
  assert.equal(progress.completeThrough, 3);
  progress.complete(4);
  assert.equal(progress.completeThrough, 4);
});
