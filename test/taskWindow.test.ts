import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskWindow } from '../src/taskWindow.ts';

test('a window has room while fewer tasks run than its size', async () => {
  const window = new TaskWindow(2);
  const tasks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const { promise } of tasks) {
    assert.equal(await window.hasRoom(), true);
    window.start(() => promise);
  }
  let hasRoom = false;
  const room = window.hasRoom().then((result) => (hasRoom = result));
  await new Promise(setImmediate);
  assert.equal(hasRoom, false);
  tasks[0]?.resolve();
  assert.equal(await room, true);
  tasks[1]?.resolve();
  await window.ended();
});

test('after a task has failed, no other one may start, and the error is thrown when all have ended', async () => {
  const window = new TaskWindow(2);
  const other = Promise.withResolvers<void>();
  window.start(() => other.promise);
  window.start(() => Promise.reject(new Error('on purpose')));
  await new Promise(setImmediate);
  assert.equal(await window.hasRoom(), false);
  let ended = false;
  const end = window.ended().finally(() => (ended = true));
  end.catch(() => {});
  await new Promise(setImmediate);
  assert.equal(ended, false);
  other.resolve();
  await assert.rejects(end, /on purpose/);
});
