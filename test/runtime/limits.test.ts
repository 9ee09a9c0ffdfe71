import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test, type TestContext } from 'node:test';
import { compose } from '../../src/hop.ts';
import { limitSlots, limitTime, type Slots } from '../../src/runtime/limits.ts';
import type { Call, Finish, Reply, Runtime, RuntimeState } from '../../src/runtime/runtime.ts';
import { request } from '../helpers/request.ts';

test('calls wait for a slot, in order', async (t) => {
  const { runtime, started, slots } = setup(t, 2);
  const calls = ['1', '2', '3', '4'].map((payload) => runtime.call(request({ payload })));
  assert.deepEqual(started.map(payloadOf), ['1', '2']);
  started[1]?.answer();
  await calls[1]?.finished;
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3']);
  started[0]?.answer();
  await calls[0]?.finished;
  await turn();
  assert.deepEqual(started.map(payloadOf), ['1', '2', '3', '4']);
  slots.turnAway('nobody waits');
  started[2]?.answer();
  assert.equal((await calls[2]?.reply)?.kind, 'answered');
});

test('a call that waited runs in the asynchronous context of its caller', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { runtime, started } = setup(t, 1, () => seen.push(storage.getStore()));
  const first = storage.run('first', () => runtime.call(request()));
  storage.run('second', () => runtime.call(request()));
  started[0]?.answer();
  await first.finished;
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
  await first.finished;
  await turn();
  t.mock.timers.tick(99);
  started[1]?.answer();
  assert.equal((await second.reply).kind, 'answered');
});

test('a call that takes too long fails as timed out, and its late reply is dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = setup(t, 1);
  const call = runtime.call(request({ timeoutMs: 300 }));
  t.mock.timers.tick(300);
  assert.deepEqual(await call.reply, {
    kind: 'failed',
    fault: { code: 'runtime_timeout', message: 'the runtime did not reply within 300 ms' },
    retryable: false,
  });
  started[0]?.answer();
  assert.equal(await call.finished, 'late');
});

test('a call that is answered in time leaves no timer behind', async (t) => {
  const { runtime, started } = setup(t, 1);
  const before = timers();
  const call = runtime.call(request({ timeoutMs: 60_000 }));
  started[0]?.answer();
  assert.equal((await call.reply).kind, 'answered');
  assert.equal(await call.finished, 'in_time');
  assert.equal(timers(), before);
});

test('a time-out beyond what a timer takes is no time-out at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = setup(t, 1);
  const call = runtime.call(request({ timeoutMs: Number.POSITIVE_INFINITY }));
  t.mock.timers.tick(1000);
  started[0]?.answer();
  assert.equal((await call.reply).kind, 'answered');
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
  assert.equal((await waiting.reply).kind, 'answered');
});

test('while every slot belongs to a call that timed out, the runtime is absent', async (t) => {
  const { runtime, started, states, slots } = setupTimedOut(t, 2);
  const waiting = runtime.call(request());
  await slots.timeOut(0);
  assert.deepEqual(states, []);
  await slots.timeOut(1);
  const reason = 'all 2 calls that it may have at once timed out, and it has not answered since';
  assert.deepEqual(states, [{ ready: false, reason }]);
  assert.deepEqual(await waiting.reply, { kind: 'absent', reason });
  assert.equal(await waiting.finished, 'closed');
  assert.deepEqual(await runtime.call(request()).reply, { kind: 'absent', reason });
  assert.equal(started.length, 2);

  started[0]?.close();
  await turn();
  assert.deepEqual(states.slice(1), [{ ready: true }]);
  const next = runtime.call(request());
  started[2]?.answer();
  assert.equal((await next.reply).kind, 'answered');
});

test('turning away ends what waits for a slot as absent, and leaves what runs', async (t) => {
  const { runtime, started, slots } = setup(t, 1);
  const running = runtime.call(request());
  const waiting = [runtime.call(request()), runtime.call(request())];
  slots.turnAway('consuming is paused');
  for (const call of waiting) {
    assert.deepEqual(await call.reply, { kind: 'absent', reason: 'consuming is paused' });
    assert.equal(await call.finished, 'closed');
  }
  started[0]?.answer();
  assert.equal((await running.reply).kind, 'answered');
  await turn();
  runtime.call(request());
  assert.equal(started.length, 2);
});

test('closing turns away what waits', async (t) => {
  const { runtime, started } = setup(t, 1);
  runtime.call(request());
  const waiting = runtime.call(request());
  await runtime.close();
  assert.equal((await waiting.reply).kind, 'absent');
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
    call({ envelope: { bytes, layout } }): Call {
      onStart();
      const reply = Promise.withResolvers<Reply>();
      const finished = Promise.withResolvers<Finish>();
      started.push({
        payload: bytes.toString('utf8', layout.payload.start, layout.payload.end),
        answer() {
          reply.resolve({ kind: 'answered', items: [], sizeBytes: 0 });
          finished.resolve('in_time');
        },
        close() {
          reply.resolve({
            kind: 'failed',
            fault: { code: 'runtime_crashed', message: '' },
            retryable: false,
          });
          finished.resolve('closed');
        },
      });
      return { reply: reply.promise, finished: finished.promise };
    },
    close: async () => {},
  };
  const runtime = compose<Runtime>([slots.layer, limitTime()], innermost);
  t.after(() => {
    slots.turnAway('the test is over');
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
    await calls[index]?.reply;
    await turn();
  };
  return { ...rest, slots: { timeOut } };
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
