import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { until } from '../../kit/processes/until.ts';
import {
  createLimitedRuntime,
  envelopeWithDeadline,
  type LimitedRuntime,
  type StartedCall,
} from '../../kit/runtimes/limitedRuntime.ts';
import { request } from '../../kit/runtimes/request.ts';

test('calls wait for a slot in order', async (t) => {
  const { runtime, started, room } = createLimitedRuntime(t, 2);
  const calls = ['1', '2', '3', '4'].map((payload) => runtime.call(request({ payload })));
  assert.deepEqual(started.map(payloadOf), ['1', '2']);
  started[1]?.answer();
  await calls[1];
  await nextTurn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3']);
  started[0]?.answer();
  await calls[0];
  await nextTurn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3', '4']);
  room.rejectWaiting('no call waits');
  started[2]?.answer();
  assert.equal((await calls[2])?.kind, 'answered');
});

test('a call that waited for a slot runs in the asynchronous context of its caller', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { runtime, started } = createLimitedRuntime(t, 1, () => seen.push(storage.getStore()));
  const first = storage.run('first', () => runtime.call(request()));
  void storage.run('second', () => runtime.call(request()));
  started[0]?.answer();
  await first;
  await nextTurn();
  assert.deepEqual(seen, ['first', 'second']);
});

test('the timeout of a call begins when it receives its slot', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = createLimitedRuntime(t, 1);
  const first = runtime.call(request({ timeoutMs: 100_000 }));
  const second = runtime.call(request({ timeoutMs: 100 }));
  t.mock.timers.tick(50_000);
  started[0]?.answer();
  await first;
  await nextTurn();
  t.mock.timers.tick(99);
  started[1]?.answer();
  assert.equal((await second).kind, 'answered');
});

test('a call that receives its slot after its deadline is not made and releases the slot', async (t) => {
  const { runtime, started } = createLimitedRuntime(t, 1);
  const first = runtime.call(request({ payload: '1' }));
  const deadlineMs = Date.now() + 5;
  const late = runtime.call(request({ envelope: envelopeWithDeadline(deadlineMs) }));
  const last = runtime.call(request({ payload: '3' }));
  await until(() => Date.now() > deadlineMs, 'the deadline');
  started[0]?.answer();
  await first;
  const fault = {
    code: 'deadline_exceeded',
    message: 'the deadline passed while the call waited for a slot',
  };
  assert.deepEqual(await late, { kind: 'failed', fault, retryable: false });
  await nextTurn();
  assert.deepEqual(started.map(payloadOf), ['1', '3']);
  started[1]?.answer();
  assert.equal((await last).kind, 'answered');
});

test('a timed-out call keeps its slot until the runtime answers', async (t) => {
  const { runtime, started, timeOut } = setupTimeouts(t, 2);
  const waiting = runtime.call(request({ payload: '3' }));
  await timeOut(0);
  assert.deepEqual(started.map(payloadOf), ['1', '2']);
  started[0]?.answer();
  await nextTurn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3']);
  started[2]?.answer();
  assert.equal((await waiting).kind, 'answered');
});

test('the runtime is absent while every slot belongs to a timed-out call', async (t) => {
  const { runtime, started, states, timeOut } = setupTimeouts(t, 2);
  const waiting = runtime.call(request());
  await timeOut(0);
  assert.deepEqual(states, []);
  await timeOut(1);
  const reason = 'all 2 slots belong to calls that timed out and are still running';
  assert.deepEqual(states, [{ ready: false, reason }]);
  assert.deepEqual(await waiting, { kind: 'absent', reason });
  assert.deepEqual(await runtime.call(request()), { kind: 'absent', reason });
  assert.equal(started.length, 2);

  started[0]?.crash();
  await nextTurn();
  assert.deepEqual(states.slice(1), [{ ready: true }]);
  const next = runtime.call(request());
  started[2]?.answer();
  assert.equal((await next).kind, 'answered');
});

test('rejectWaiting ends waiting calls as absent and leaves running calls', async (t) => {
  const { runtime, started, room } = createLimitedRuntime(t, 1);
  const running = runtime.call(request());
  const waiting = [runtime.call(request()), runtime.call(request())];
  room.rejectWaiting('consuming is paused');
  for (const call of waiting) {
    assert.deepEqual(await call, { kind: 'absent', reason: 'consuming is paused' });
  }
  started[0]?.answer();
  assert.equal((await running).kind, 'answered');
  await nextTurn();
  void runtime.call(request());
  assert.equal(started.length, 2);
});

test('rejectWaiting passes the cause of the pause on to the waiting calls', async (t) => {
  const { runtime, room } = createLimitedRuntime(t, 1);
  void runtime.call(request());
  const waiting = runtime.call(request());
  room.rejectWaiting('consuming is paused', 'breaker');
  const reason = 'consuming is paused';
  assert.deepEqual(await waiting, { kind: 'absent', reason, cause: 'breaker' });
});

test('close rejects waiting calls', async (t) => {
  const { runtime, started } = createLimitedRuntime(t, 1);
  void runtime.call(request());
  const waiting = runtime.call(request());
  await runtime.close();
  assert.equal((await waiting).kind, 'absent');
  assert.equal(started.length, 1);
});

/** A call in every slot. `timeOut` lets the call with this index time out. */
function setupTimeouts(
  t: TestContext,
  count: number,
): LimitedRuntime & { readonly timeOut: (index: number) => Promise<void> } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const limited = createLimitedRuntime(t, count);
  const calls = Array.from({ length: count }, (_, index) =>
    limited.runtime.call(request({ payload: String(index + 1), timeoutMs: (index + 1) * 100 })),
  );
  const timeOut = async (index: number): Promise<void> => {
    t.mock.timers.tick(100);
    await calls[index];
    await nextTurn();
  };
  return { ...limited, timeOut };
}

function payloadOf({ payload }: StartedCall): string {
  return payload;
}
