import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test, type TestContext } from 'node:test';
import { compose } from '../../../src/compose.ts';
import { runtimeCrashed } from '../../../src/runtime/reply/failedReply.ts';
import { limitSlots, type Slots } from '../../../src/runtime/limits/slots.ts';
import { limitTime } from '../../../src/runtime/limits/timeLimit.ts';
import type { Reply, Runtime, RuntimeState } from '../../../src/runtime/runtime.ts';
import { request } from '../../kit/runtimes/request.ts';
import { until } from '../../kit/processes/until.ts';

test('calls wait for a slot, in order', async (t) => {
  const { runtime, started, slots } = setup(t, 2);
  const calls = ['1', '2', '3', '4'].map((payload) => runtime.call(request({ payload })));
  assert.deepEqual(started.map(payloadOf), ['1', '2']);
  started[1]?.answer();
  await calls[1];
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3']);
  started[0]?.answer();
  await calls[0];
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3', '4']);
  slots.rejectWaiting('nobody waits');
  started[2]?.answer();
  assert.equal((await calls[2])?.kind, 'answered');
});

test('a call that waited runs in the asynchronous context of its caller', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { runtime, started } = setup(t, 1, () => seen.push(storage.getStore()));
  const first = storage.run('first', () => runtime.call(request()));
  void storage.run('second', () => runtime.call(request()));
  started[0]?.answer();
  await first;
  await turn();
  assert.deepEqual(seen, ['first', 'second']);
});

test('waiting for a slot does not count as time of the call', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = setup(t, 1);
  const first = runtime.call(request({ timeoutMs: 100_000 }));
  const second = runtime.call(request({ timeoutMs: 100 }));
  t.mock.timers.tick(50_000);
  started[0]?.answer();
  await first;
  await turn();
  t.mock.timers.tick(99);
  started[1]?.answer();
  assert.equal((await second).kind, 'answered');
});

test('a call that gets its slot after its deadline is not made, and passes the slot on', async (t) => {
  const { runtime, started } = setup(t, 1);
  const first = runtime.call(request({ payload: '1' }));
  const deadlineMs = Date.now() + 5;
  const late = runtime.call(request({ envelope: dueAt(deadlineMs) }));
  const last = runtime.call(request({ payload: '3' }));
  await until(() => Date.now() > deadlineMs, 'the deadline');
  started[0]?.answer();
  await first;
  const fault = {
    code: 'deadline_exceeded',
    message: 'the deadline passed while the call waited for its turn',
  };
  assert.deepEqual(await late, { kind: 'failed', fault, retryable: false });
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '3']);
  started[1]?.answer();
  assert.equal((await last).kind, 'answered');
});

test('a call ends at its deadline, however long it may take, and keeps its slot', async (t) => {
  const { runtime, started } = setup(t, 1);
  const reply = await runtime.call(
    request({ envelope: dueAt(Date.now() + 20), timeoutMs: 60_000 }),
  );
  assert.ok(reply.kind === 'failed');
  assert.deepEqual(reply.fault, {
    code: 'deadline_exceeded',
    message: 'the deadline passed during the call',
  });
  assert.equal((await runtime.call(request())).kind, 'absent');
  started[0]?.answer();
  assert.equal(await reply.lateCompletion, 'answered');
});

test('a call that times out before its deadline is timed out', async (t) => {
  const { runtime } = setup(t, 1);
  const reply = await runtime.call(
    request({ envelope: dueAt(Date.now() + 60_000), timeoutMs: 20 }),
  );
  assert.ok(reply.kind === 'failed');
  assert.equal(reply.fault.code, 'runtime_timeout');
});

test('a call that takes too long fails as timed out, and its late reply is dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = setup(t, 1);
  const call = runtime.call(request({ timeoutMs: 300 }));
  t.mock.timers.tick(300);
  const reply = await call;
  assert.ok(reply.kind === 'failed');
  const { lateCompletion: goesOn, ...rest } = reply;
  assert.deepEqual(rest, {
    kind: 'failed',
    fault: { code: 'runtime_timeout', message: 'the runtime did not reply within 300 ms' },
    retryable: false,
  });
  started[0]?.answer();
  assert.equal(await goesOn, 'answered');
});

test('a call that is answered in time leaves no timer behind', async (t) => {
  const { runtime, started } = setup(t, 1);
  const before = timers();
  const call = runtime.call(request({ timeoutMs: 60_000 }));
  started[0]?.answer();
  assert.equal((await call).kind, 'answered');
  assert.equal(timers(), before);
});

test('a time-out beyond what a timer takes is no time-out at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = setup(t, 1);
  const call = runtime.call(request({ timeoutMs: Number.POSITIVE_INFINITY }));
  t.mock.timers.tick(1000);
  started[0]?.answer();
  assert.equal((await call).kind, 'answered');
});

test('the slot of a call that timed out stays taken until the runtime answers', async (t) => {
  const { runtime, started, slots } = setupTimedOut(t, 2);
  const waiting = runtime.call(request({ payload: '3' }));
  await slots.timeOut(0);
  assert.deepEqual(started.map(payloadOf), ['1', '2']);
  started[0]?.answer();
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3']);
  started[2]?.answer();
  assert.equal((await waiting).kind, 'answered');
});

test('while every slot belongs to a call that timed out, the runtime is absent', async (t) => {
  const { runtime, started, states, slots } = setupTimedOut(t, 2);
  const waiting = runtime.call(request());
  await slots.timeOut(0);
  assert.deepEqual(states, []);
  await slots.timeOut(1);
  const reason = 'all 2 calls that it may have at once timed out, and it has not answered since';
  assert.deepEqual(states, [{ ready: false, reason }]);
  assert.deepEqual(await waiting, { kind: 'absent', reason });
  assert.deepEqual(await runtime.call(request()), { kind: 'absent', reason });
  assert.equal(started.length, 2);

  started[0]?.close();
  await turn();
  assert.deepEqual(states.slice(1), [{ ready: true }]);
  const next = runtime.call(request());
  started[2]?.answer();
  assert.equal((await next).kind, 'answered');
});

test('turning away ends what waits for a slot as absent, and leaves what runs', async (t) => {
  const { runtime, started, slots } = setup(t, 1);
  const running = runtime.call(request());
  const waiting = [runtime.call(request()), runtime.call(request())];
  slots.rejectWaiting('consuming is paused');
  for (const call of waiting) {
    assert.deepEqual(await call, { kind: 'absent', reason: 'consuming is paused' });
  }
  started[0]?.answer();
  assert.equal((await running).kind, 'answered');
  await turn();
  void runtime.call(request());
  assert.equal(started.length, 2);
});

test('closing turns away what waits', async (t) => {
  const { runtime, started } = setup(t, 1);
  void runtime.call(request());
  const waiting = runtime.call(request());
  await runtime.close();
  assert.equal((await waiting).kind, 'absent');
  assert.equal(started.length, 1);
});

interface Started {
  readonly payload: string;
  answer(): void;
  close(): void;
}

interface Setup {
  readonly runtime: Runtime;
  readonly started: Started[];
  readonly states: RuntimeState[];
  readonly slots: Slots;
}

/** A runtime that answers when a test says so, behind both limits. */
function setup(t: TestContext, count: number, onStart: () => void = () => {}): Setup {
  const started: Started[] = [];
  const states: RuntimeState[] = [];
  const slots = limitSlots(count, (state) => states.push(state));
  const innermost: Runtime = {
    call({ envelope: { bytes, layout } }) {
      onStart();
      const { promise, resolve } = Promise.withResolvers<Reply>();
      started.push({
        payload: bytes.toString('utf8', layout.payload.start, layout.payload.end),
        answer: () => resolve({ kind: 'answered', items: [], sizeBytes: 0 }),
        close: () => resolve(runtimeCrashed('')),
      });
      return promise;
    },
    close: async () => {},
  };
  const runtime = compose<Runtime>([slots.layer, limitTime()], innermost);
  t.after(() => {
    slots.rejectWaiting('the test is over');
    for (const call of started) call.close();
  });
  return { runtime, started, states, slots };
}

/** The same, with a call in every slot: `timeOut` lets one of them take too long. */
function setupTimedOut(
  t: TestContext,
  count: number,
): Omit<Setup, 'slots'> & { slots: { timeOut: (index: number) => Promise<unknown> } } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { slots: _, ...rest } = setup(t, count);
  const calls = Array.from({ length: count }, (_, index) =>
    rest.runtime.call(request({ payload: String(index + 1), timeoutMs: (index + 1) * 100 })),
  );
  const timeOut = async (index: number): Promise<void> => {
    t.mock.timers.tick(100);
    await calls[index];
    await turn();
  };
  return { ...rest, slots: { timeOut } };
}

function dueAt(deadlineMs: number): string {
  const headers = { 'x-asya-deadline': new Date(deadlineMs).toISOString() };
  return JSON.stringify({
    id: 'env-1',
    headers,
    route: { actors: ['infer'], current: 0 },
    payload: 2,
  });
}

function payloadOf({ payload }: Started): string {
  return payload;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
}

/** Lets everything go on that does not wait for anything. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
