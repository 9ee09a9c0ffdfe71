import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallContext } from '../../../../sdk/typescript/src/actor/context.ts';

test('timeLeft is the time of the call, or without one the time before the deadline', () => {
  const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
  const left = (timeoutMs: number | undefined, deadline?: Date): number =>
    new CallContext({ timeoutMs, deadline }).timeLeft ?? Number.NaN;
  assert.ok(left(5000) > 4000 && left(5000) <= 5000);
  assert.ok(left(undefined, inSeconds(2)) <= 2000 && left(5000, inSeconds(2)) > 4000);
  assert.equal(left(undefined, inSeconds(-1)), 0);
  assert.ok(Number.isNaN(left(undefined)));
});

test('the signal aborts, and cancelled is true, when the time of the call has passed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const context = new CallContext({ timeoutMs: 60_000 });
  const { signal } = context;
  t.mock.timers.tick(59_000);
  assert.deepEqual([signal.aborted, context.cancelled], [false, false]);
  t.mock.timers.tick(1000);
  assert.equal(signal.reason.name, 'TimeoutError');
  assert.equal(context.cancelled, true);
  assert.equal(context.signal, signal);
});

test('a signal that is first read after the time of the call is aborted', () => {
  assert.ok(new CallContext({ deadline: new Date(0) }).signal.aborted);
});

test('a call without a time limit is never cancelled', () => {
  const context = new CallContext({});
  assert.deepEqual([context.cancelled, context.signal.aborted], [false, false]);
});

test('the signal of a call that has ended does not abort', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const context = new CallContext({ timeoutMs: 60_000 });
  const { signal } = context;
  context.end();
  t.mock.timers.tick(60_000);
  assert.equal(signal.aborted, false);
});
