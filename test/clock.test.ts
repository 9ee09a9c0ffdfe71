import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { createProcessClock } from '../src/clock.ts';
import { HOUR } from '../src/units.ts';
import { within } from './kit/processes/until.ts';

test('a timer runs in the asynchronous context of the clock, not in that of its caller', async () => {
  const storage = new AsyncLocalStorage<string>();
  const clock = storage.run('clock', createProcessClock);
  const seen = new Promise((resolve) => {
    storage.run('hop', () => clock.callAfter(1, () => resolve(storage.getStore())));
  });
  // The clock's timer does not keep the process alive.
  assert.equal(await within(seen, 'the timer'), 'clock');
});

test('a delay longer than the longest one of Node does not end at once', async () => {
  const clock = createProcessClock();
  let hasEnded = false;
  const cancel = clock.callAfter(1_000 * HOUR, () => (hasEnded = true));
  await within(new Promise<void>((resolve) => clock.callAfter(20, resolve)), 'a short delay');
  cancel();
  assert.equal(hasEnded, false);
});
