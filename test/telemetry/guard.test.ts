import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { Guard } from '../../telemetry/guard.ts';

function fail(message: string): never {
  throw new Error(message);
}

test('only the first failure is reported, in a later turn', async () => {
  const reported: unknown[] = [];
  const guard = new Guard((error) => reported.push(error));
  assert.equal(
    guard.attempt(() => 7),
    7,
  );
  assert.equal(
    guard.attempt(() => fail('first')),
    undefined,
  );
  assert.equal(
    guard.attempt(() => fail('second')),
    undefined,
  );
  assert.deepEqual(reported, []);
  await setImmediate();
  assert.deepEqual(reported.map(String), ['Error: first']);
});

test('a failing report is ignored', async () => {
  const guard = new Guard(() => fail('no log either'));
  assert.equal(
    guard.attempt(() => fail('first')),
    undefined,
  );
  await setImmediate();
});
