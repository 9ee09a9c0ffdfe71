import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Batch, Reply, Runtime } from '../../../src/runtime/runtime.ts';
import { createBatchRig } from '../../kit/runtimes/batchRig.ts';
import { envelopeWithDeadline } from '../../kit/runtimes/limitedRuntime.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { request } from '../../kit/runtimes/request.ts';

test('a full batch is called at once, in the order of arrival', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 3 });
  const replies = callAll(runtime, ['1', '2', '3']);
  await nextTurn();
  assert.deepEqual(
    sent.map(({ payloads }) => payloads),
    [['1', '2', '3']],
  );
  sent[0]?.echo();
  assert.deepEqual(await itemsOf(replies), [['1'], ['2'], ['3']]);
});

test('a batch that is not full is called when its first item has waited', async (t) => {
  const { runtime, sent, clock } = createBatchRig(t, { size: 3, waitMs: 10 });
  void runtime.call(request({ payload: '1' }));
  clock.advance(6);
  void runtime.call(request({ payload: '2' }));
  clock.advance(3);
  await nextTurn();
  assert.equal(sent.length, 0);
  clock.advance(1);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['1', '2']);
});

test('a batch does not wait when no other request may arrive', async (t) => {
  const deliveries = { mayArrive: (count: number) => count < 2 };
  const { runtime, sent } = createBatchRig(t, { size: 8, deliveries });
  void callAll(runtime, ['1', '2']);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['1', '2']);
});

test('the requests in calls count as present', async (t) => {
  const seen: number[] = [];
  const deliveries = { mayArrive: (count: number) => seen.push(count) === 0 };
  const { runtime, sent } = createBatchRig(t, { size: 2, slots: 2, deliveries });
  const first = runtime.call(request({ payload: '1' }));
  void runtime.call(request({ payload: '2' }));
  await nextTurn();
  assert.deepEqual(seen, [1, 2]);
  sent[0]?.echo();
  await first;
  void runtime.call(request({ payload: '3' }));
  assert.deepEqual(seen, [1, 2, 2]);
});

test('items gather while all slots are used', async (t) => {
  const { runtime, sent, clock } = createBatchRig(t, { size: 3, waitMs: 10 });
  void callAll(runtime, ['1', '2', '3']);
  void callAll(runtime, ['4', '5']);
  clock.advance(50);
  await nextTurn();
  assert.equal(sent.length, 1);
  void callAll(runtime, ['6', '7']);
  sent[0]?.echo();
  await nextTurn();
  assert.deepEqual(sent[1]?.payloads, ['4', '5', '6']);
  clock.advance(9);
  await nextTurn();
  sent[1]?.echo();
  await nextTurn();
  assert.equal(sent.length, 2, 'the last one waits for others');
  clock.advance(1);
  await nextTurn();
  assert.deepEqual(sent[2]?.payloads, ['7']);
});

test('two slots take two batches', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2, slots: 2 });
  void callAll(runtime, ['1', '2', '3', '4', '5', '6']);
  await nextTurn();
  assert.deepEqual(
    sent.map(({ payloads }) => payloads),
    [
      ['1', '2'],
      ['3', '4'],
    ],
  );
  sent[1]?.echo();
  await nextTurn();
  assert.deepEqual(sent[2]?.payloads, ['5', '6']);
});

test('a batch closes before its payloads exceed the limit', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 9, maxBytes: 6 });
  void callAll(runtime, ['111', '222', '3', '44444', '5']);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['111', '222']);
  sent[0]?.echo();
  await nextTurn();
  assert.deepEqual(sent[1]?.payloads, ['3', '44444']);
});

test('a payload over the limit is a batch of its own', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 9, maxBytes: 6, slots: 3 });
  void callAll(runtime, ['1', '2222222', '3']);
  await nextTurn();
  assert.deepEqual(
    sent.map(({ payloads }) => payloads),
    [['1'], ['2222222']],
  );
});

test('a batch closes before a list exceeds its limit', async (t) => {
  const list = { maxBytes: 10, sizeOf: () => 5 };
  const { runtime, sent } = createBatchRig(t, { size: 9, list });
  void callAll(runtime, ['1', '2', '3']);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['1', '2']);
});

test('each item passes the layers in its own asynchronous context, with the batch', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const batches = new Set<Batch | undefined>();
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    layers: (next) => ({
      call(one) {
        seen.push(storage.getStore());
        batches.add(one.batch);
        return next.call({ ...one, context: { traceparent: 'own' } });
      },
      close: () => next.close(),
    }),
  });
  const first = storage.run('first', () => runtime.call(request()));
  const second = storage.run('second', async () => {
    await runtime.call(request());
    return storage.getStore();
  });
  await nextTurn();
  assert.deepEqual(seen, ['first', 'second']);
  assert.deepEqual(
    [...batches].map((batch) => batch?.size),
    [2],
  );
  assert.equal(sent[0]?.call.batch, [...batches][0]);
  assert.deepEqual(sent[0]?.call.context, {}, 'no item has the trace context of the call');
  sent[0]?.echo();
  await first;
  assert.equal(await second, 'second');
});

test('a batch is called when each of its items has passed the layers or returned', async (t) => {
  const gates = new Map<string, PromiseWithResolvers<Reply | undefined>>();
  const { runtime, sent } = createBatchRig(t, {
    size: 3,
    layers: (next) => ({
      async call(one) {
        const gate = Promise.withResolvers<Reply | undefined>();
        gates.set(one.actor, gate);
        return (await gate.promise) ?? next.call(one);
      },
      close: () => next.close(),
    }),
  });
  const calls = ['a', 'b', 'c'].map((actor) =>
    runtime.call(request({ actor, payload: JSON.stringify(actor) })),
  );
  await nextTurn();
  gates.get('c')?.resolve(undefined);
  gates.get('b')?.resolve({ kind: 'absent', reason: 'rate limit', cause: 'rate_limit' });
  await nextTurn();
  assert.equal(sent.length, 0);
  assert.equal((await calls[1])?.kind, 'absent');
  gates.get('a')?.resolve(undefined);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['"a"', '"c"'], 'in the order of arrival');
});

test('the slot is free again when every item has returned without a call', async (t) => {
  let isOpen = false;
  const { runtime, sent } = createBatchRig(t, {
    size: 1 + 1,
    layers: (next) => ({
      call: async (one) =>
        isOpen ? next.call(one) : { kind: 'absent', reason: 'closed', cause: 'rate_limit' },
      close: () => next.close(),
    }),
  });
  await Promise.all(callAll(runtime, ['1', '2']));
  isOpen = true;
  void callAll(runtime, ['3', '4']);
  await nextTurn();
  assert.deepEqual(sent[0]?.payloads, ['3', '4']);
});

test('a layer that throws ends its item only', async (t) => {
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    layers: (next) => ({
      call: (one) =>
        one.actor === 'bad' ? Promise.reject(new Error('bad layer')) : next.call(one),
      close: () => next.close(),
    }),
  });
  const bad = runtime.call(request({ actor: 'bad', payload: '1' }));
  const good = runtime.call(request({ payload: '2' }));
  await assert.rejects(bad, /bad layer/);
  assert.deepEqual(sent[0]?.payloads, ['2']);
  sent[0]?.echo();
  assert.deepEqual(payloadsOf(await good), ['2']);
});

test('the wait of each item is reported', async (t) => {
  const waits: number[] = [];
  const { runtime, clock } = createBatchRig(t, { waitMs: 10, onWait: (ms) => waits.push(ms) });
  void runtime.call(request());
  clock.advance(4);
  void runtime.call(request());
  clock.advance(6);
  await nextTurn();
  assert.deepEqual(waits, [10, 6]);
});

test('an item settles at its deadline, and its reply is dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const deadlineMs = Date.now() + 500;
  const early = runtime.call(request({ envelope: envelopeWithDeadline(deadlineMs) }));
  const other = runtime.call(request({ payload: '2' }));
  await nextTurn();
  assert.equal(sent[0]?.call.deadlineMs, undefined, 'one item has no deadline');
  t.mock.timers.tick(500);
  const fault = { code: 'deadline_exceeded', message: 'the deadline passed during the call' };
  assert.deepEqual(await early, { kind: 'failed', fault, retryable: false });
  sent[0]?.echo();
  assert.deepEqual(payloadsOf(await other), ['2']);
});

test('the deadline of a call is the last one of its items', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const lastMs = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  for (const deadlineMs of [lastMs, lastMs - 5_000]) {
    void runtime.call(request({ envelope: envelopeWithDeadline(deadlineMs) }));
  }
  await nextTurn();
  assert.equal(sent[0]?.call.deadlineMs, lastMs);
});

test('an item whose deadline passes while it waits is not called', async (t) => {
  const { runtime, sent, clock } = createBatchRig(t, { size: 3 });
  const late = runtime.call(request({ envelope: envelopeWithDeadline(Date.now() - 1) }));
  void runtime.call(request({ payload: '2' }));
  clock.advance(10);
  await nextTurn();
  const reply = await late;
  assert.ok(reply.kind === 'failed');
  assert.equal(reply.fault.message, 'the deadline passed while the call waited for a slot');
  assert.deepEqual(sent[0]?.payloads, ['2']);
});

for (const cause of [undefined, 'breaker', 'rate_limit', 'draining'] as const) {
  test(`items that wait are given back when consuming pauses (${cause ?? 'no cause'})`, async (t) => {
    const { runtime, room, sent, clock } = createBatchRig(t, { size: 3 });
    const waiting = callAll(runtime, ['1', '2']);
    room.rejectWaiting('consuming is paused', cause);
    const reason = 'consuming is paused';
    const expected = cause === undefined ? { reason } : { reason, cause };
    for (const call of waiting) assert.deepEqual(await call, { kind: 'absent', ...expected });
    clock.advance(10);
    await nextTurn();
    assert.deepEqual(sent, []);
  });
}

test('deferrals and absences of a call apply to all of its items', async (t) => {
  for (const reply of [
    { kind: 'deferred', afterMs: 5, fault: { code: 'runtime_error', message: 'busy' } },
    { kind: 'absent', reason: 'no socket' },
  ] as const) {
    const { runtime, sent } = createBatchRig(t, { size: 2 });
    const calls = callAll(runtime, ['1', '2']);
    await nextTurn();
    sent[0]?.reply(reply);
    assert.deepEqual(await Promise.all(calls), [reply, reply]);
    assert.equal(sent.length, 1);
  }
});

function callAll(runtime: Runtime, payloads: readonly string[]): readonly Promise<Reply>[] {
  return payloads.map((payload) => runtime.call(request({ payload })));
}

async function itemsOf(calls: readonly Promise<Reply>[]): Promise<string[][]> {
  return (await Promise.all(calls)).map(payloadsOf);
}
