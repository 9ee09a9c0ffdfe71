import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayLimit } from '../../../src/cli/replay/replayLimit.ts';

test('a message that is not replayed makes room for the next one', async () => {
  const limit = new ReplayLimit(1);
  assert.equal(await limit.admit(), true);
  const next = limit.admit();
  limit.record(false);
  assert.equal(await next, true);
  const last = limit.admit();
  limit.record(true);
  assert.equal(await last, false);
  assert.equal(limit.isReached, true);
});

test('a closed limit admits no message', async () => {
  const limit = new ReplayLimit(1);
  assert.equal(await limit.admit(), true);
  const waiting = limit.admit();
  limit.close();
  assert.equal(await waiting, false);
  assert.equal(await limit.admit(), false);
});
