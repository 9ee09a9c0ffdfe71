import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createSleep, delayAfter, retryWithBackoff } from '../src/backoff.ts';
import { within } from './kit/processes/until.ts';

test('delays double from the shortest to the longest', () => {
  const backoff = { minMs: 100, maxMs: 1_000, jitter: 0 };
  const delays = [1, 2, 3, 4, 5, 10_000].map((failures) => delayAfter(failures, backoff));
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
});

test('jitter shortens a delay by at most its share', () => {
  for (const [jitter, least] of [
    [0.5, 100],
    [1, 0],
  ] as const) {
    for (let n = 0; n < 1_000; n++) {
      const delayMs = delayAfter(2, { minMs: 100, maxMs: 1_000, jitter });
      assert.ok(delayMs >= least && delayMs <= 200, `${delayMs} ms`);
    }
  }
});

test('a sleep ends after its delay', async () => {
  await within(createSleep(new AbortController().signal)(1), 'the sleep');
});

test('a thousand sleeps share one listener, and an abort ends all of them', async () => {
  const stop = new AbortController();
  const sleep = createSleep(stop.signal);
  const sleeps = Array.from({ length: 1_000 }, () => sleep(60_000));
  assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
  const reason = new Error('stopped');
  stop.abort(reason);
  const ends = await within(Promise.allSettled(sleeps), 'the sleeps');
  assert.ok(ends.every((end) => end.status === 'rejected' && end.reason === reason));
  await assert.rejects(sleep(60_000), reason);
});

test('an interrupted sleep leaves no timer', async () => {
  const stop = new AbortController();
  const before = timers();
  const sleeping = createSleep(stop.signal)(60_000);
  assert.equal(timers(), before + 1);
  stop.abort();
  await assert.rejects(sleeping);
  assert.equal(timers(), before);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
}

test('a failing call is retried after growing delays until it resolves', async () => {
  const delays: number[] = [];
  const result = await retryWithBackoff(
    () => (delays.length < 3 ? Promise.reject(new Error('busy')) : Promise.resolve('done')),
    {
      backoff: { minMs: 1, maxMs: 4, jitter: 0 },
      sleep: () => Promise.resolve(),
      onFailure: (_, delayMs) => void delays.push(delayMs),
    },
  );
  assert.deepEqual([result, delays], ['done', [1, 2, 4]]);
});

test('an error of onFailure ends the retries', async () => {
  const retried = retryWithBackoff(() => Promise.reject(new Error('refused')), {
    backoff: { minMs: 1, maxMs: 1, jitter: 0 },
    sleep: () => Promise.resolve(),
    onFailure: (error) => {
      throw error;
    },
  });
  await assert.rejects(retried, /refused/);
});
