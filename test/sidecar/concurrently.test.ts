import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachConcurrently } from '../../src/sidecar/concurrently.ts';

test('the results have the order of the items', async () => {
  const delays = [3, 1, 2];
  const results = await eachConcurrently(delays, 3, async (turns) => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    return turns;
  });
  assert.deepEqual(results, delays);
});

test('no more calls than the limit run at a time', async () => {
  let running = 0;
  let most = 0;
  await eachConcurrently(Array.from({ length: 20 }), 4, async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  });
  assert.equal(most, 4);
});

test('no call is made without items', async () => {
  assert.deepEqual(await eachConcurrently([], 4, () => Promise.reject(new Error('called'))), []);
});
