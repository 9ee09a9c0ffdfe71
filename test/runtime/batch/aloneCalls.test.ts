import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { runtimeCrashed } from '../../../src/runtime/reply/failedReply.ts';
import type { AbsenceCause, Reply, Runtime } from '../../../src/runtime/runtime.ts';
import { createBatchRig, type SentCall } from '../../kit/runtimes/batchRig.ts';
import { envelopeWithDeadline } from '../../kit/runtimes/limitedRuntime.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { request } from '../../kit/runtimes/request.ts';

const FAULT = { code: 'runtime_error', message: 'overloaded' } as const;

for (const [failure, fail] of [
  ['a reply of another length', (call: SentCall) => call.answerTooFew()],
  ['a crash', (call: SentCall) => call.crash()],
  [
    'an error object',
    (call: SentCall) =>
      call.reply({
        kind: 'failed',
        fault: { code: 'runtime_error', message: 'out of memory' },
        retryable: false,
      }),
  ],
] as const) {
  test(`after ${failure}, each item is called alone in order, and that call decides`, async (t) => {
    const { runtime, sent, warnings } = createBatchRig(t, { size: 3 });
    const calls = callAll(runtime, ['1', '2', '3']);
    await nextTurn();
    const [whole] = sent;
    assert.ok(whole);
    fail(whole);
    await nextTurn();
    assert.deepEqual(sent.map(({ payloads }) => payloads).slice(1), [['1']]);
    sent[1]?.echo();
    await nextTurn();
    sent[2]?.crash();
    await nextTurn();
    sent[3]?.echo();
    const [first, second, third] = await Promise.all(calls);
    assert.ok(first && second?.kind === 'failed' && third);
    assert.deepEqual([payloadsOf(first), payloadsOf(third)], [['1'], ['3']]);
    assert.equal(second.fault.code, 'runtime_crashed');
    assert.deepEqual(
      sent.map(({ payloads, call }) => [payloads.join(), call.batch?.size]),
      [
        ['1,2,3', 3],
        ['1', 1],
        ['2', 1],
        ['3', 1],
      ],
    );
    assert.equal(warnings.length, 1);
  });
}

test('an item whose last deferral is that of a whole batch is called alone', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const last = runtime.call(request({ payload: '1', isLastDeferral: true }));
  const other = runtime.call(request({ payload: '2' }));
  await nextTurn();
  const fault = { code: 'runtime_error', message: 'overloaded' } as const;
  sent[0]?.reply({ kind: 'deferred', fault, afterMs: 1 });
  await nextTurn();
  assert.deepEqual(
    sent.map(({ payloads }) => payloads),
    [['1', '2'], ['1']],
  );
  sent[1]?.echo();
  assert.deepEqual(payloadsOf(await last), ['1']);
  assert.equal((await other).kind, 'deferred');
});

test('a batch of one decides at once', async (t) => {
  const { runtime, sent, clock } = createBatchRig(t, { size: 3 });
  const call = runtime.call(request());
  clock.advance(10);
  await nextTurn();
  sent[0]?.crash();
  const reply = await call;
  assert.ok(reply.kind === 'failed' && reply.fault.code === 'runtime_crashed');
  assert.equal(sent.length, 1);
});

test('an item that was alone when its batch was called decides at once', async (t) => {
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    layers: (next) => ({
      call: async (one) =>
        one.actor === 'limited' ? { kind: 'absent', reason: 'no' } : next.call(one),
      close: () => next.close(),
    }),
  });
  void runtime.call(request({ actor: 'limited' }));
  const call = runtime.call(request());
  await nextTurn();
  sent[0]?.crash();
  assert.equal((await call).kind, 'failed');
  assert.equal(sent.length, 1);
});

test('other batches wait until each item has been called', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  void callAll(runtime, ['1', '2', '3', '4']);
  await nextTurn();
  sent[0]?.crash();
  await nextTurn();
  sent[1]?.echo();
  await nextTurn();
  sent[2]?.echo();
  await nextTurn();
  assert.deepEqual(
    sent.map(({ payloads }) => payloads.join()),
    ['1,2', '1', '2', '3,4'],
  );
});

test('after a time-out, the items wait until the runtime has finished the call', async (t) => {
  const { runtime, sent, states } = createBatchRig(t, { size: 2 });
  const calls = callAll(runtime, ['1', '2']);
  await nextTurn();
  const finish = sent[0]?.timeOut();
  await nextTurn();
  assert.equal(sent.length, 1);
  assert.deepEqual(states.at(-1)?.ready, false, 'the only slot is used');
  finish?.('closed');
  await nextTurn();
  assert.deepEqual(states.at(-1)?.ready, true);
  sent[1]?.echo();
  await nextTurn();
  sent[2]?.echo();
  assert.deepEqual((await Promise.all(calls)).map(payloadsOf), [['1'], ['2']]);
});

test('a call alone that times out keeps the slot from the next item', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const [first] = callAll(runtime, ['1', '2']);
  await nextTurn();
  sent[0]?.crash();
  await nextTurn();
  const finish = sent[1]?.timeOut();
  const reply = await first;
  assert.ok(reply?.kind === 'failed' && reply.fault.code === 'runtime_timeout');
  await nextTurn();
  assert.equal(sent.length, 2);
  finish?.('answered');
  await nextTurn();
  assert.deepEqual(sent[2]?.payloads, ['2']);
});

test('if the process ends after a time-out, no item is called, and no other batch', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2, endsWithTimeout: true });
  const calls = callAll(runtime, ['1', '2', '3', '4']);
  await nextTurn();
  sent[0]?.timeOut()('closed');
  await nextTurn();
  assert.equal(sent.length, 1);
  for (const reply of await Promise.all(calls.slice(0, 2))) {
    assert.ok(reply.kind === 'failed' && reply.isShared === true);
  }
  await nextTurn();
  assert.equal(sent.length, 1);
});

test('the items of a crashed batch wait while the runtime restarts', async (t) => {
  const { runtime, room, sent } = createBatchRig(t, { size: 2 });
  const calls = callAll(runtime, ['1', '2']);
  await nextTurn();
  sent[0]?.crash();
  await nextTurn();
  room.setState({ ready: false, reason: 'no socket' });
  room.rejectWaiting('consuming is paused');
  sent[1]?.reply({ kind: 'absent', reason: 'no socket' });
  await nextTurn();
  assert.equal(sent.length, 2);
  room.setState({ ready: true });
  await nextTurn();
  assert.deepEqual(sent[2]?.payloads, ['1'], 'the first item is called again');
  sent[2]?.echo();
  await nextTurn();
  sent[3]?.echo();
  assert.deepEqual((await Promise.all(calls)).map(payloadsOf), [['1'], ['2']]);
});

for (const cause of ['draining', 'breaker'] as const) {
  test(`items that wait to be called alone are given back (${cause})`, async (t) => {
    const { runtime, room, sent } = createBatchRig(t, { size: 3 });
    const calls = callAll(runtime, ['1', '2', '3']);
    await nextTurn();
    sent[0]?.crash();
    await nextTurn();
    room.rejectWaiting('consuming is paused', cause);
    sent[1]?.echo();
    const [first, ...others] = await Promise.all(calls);
    assert.equal(first?.kind, 'answered', 'a running call continues');
    const rejection = { kind: 'absent', reason: 'consuming is paused', cause };
    assert.deepEqual(others, [rejection, rejection]);
    assert.equal(sent.length, 2);
  });

  test(`the items of a batch that fails afterwards are given back (${cause})`, async (t) => {
    let now: AbsenceCause | undefined;
    const { runtime, sent } = createBatchRig(t, {
      size: 2,
      deliveries: { giveBackCause: () => now },
    });
    const calls = callAll(runtime, ['1', '2']);
    await nextTurn();
    now = cause;
    sent[0]?.crash();
    for (const reply of await Promise.all(calls)) {
      assert.deepEqual(reply, { kind: 'absent', reason: 'the call of the batch failed', cause });
    }
    now = undefined;
    void callAll(runtime, ['3', '4']);
    await nextTurn();
    assert.deepEqual(sent[1]?.payloads, ['3', '4'], 'the slot is free');
  });
}

// A give-back would form the same batch again, without an attempt.
for (const [failure, reply] of [
  ['a failed batch', runtimeCrashed('the connection was lost')],
  ['the last deferral', { kind: 'deferred', fault: FAULT, afterMs: 1 }],
] as const) {
  test(`after ${failure}, an item that the rate limit does not let be called alone is repeated alone`, async (t) => {
    const { calls, sent } = callBehindRateLimit(t);
    await nextTurn();
    sent[0]?.reply(reply);
    for (const own of await Promise.all(calls)) {
      assert.ok(own.kind === 'failed' && own.isShared === true);
    }
  });
}

for (const cause of ['draining', 'breaker'] as const) {
  test(`an item that waits for the rate limit to be called alone is given back (${cause})`, async (t) => {
    let now: AbsenceCause | undefined = undefined;
    const { calls, sent } = callBehindRateLimit(t, () => now);
    await nextTurn();
    sent[0]?.crash();
    await nextTurn();
    now = cause;
    for (const own of await Promise.all(calls)) assert.equal(own.kind, 'absent');
  });
}

test('a deadline that passes while an item waits to be called alone ends its wait', async (t) => {
  const { runtime, sent, clock } = createBatchRig(t, { size: 2 });
  const deadlineMs = Date.now() + 60_000;
  const [first, second] = [
    runtime.call(request({ payload: '1' })),
    runtime.call(request({ envelope: envelopeWithDeadline(deadlineMs) })),
  ];
  await nextTurn();
  sent[0]?.crash();
  await nextTurn();
  clock.advance(60_000);
  const reply = await second;
  assert.ok(reply?.kind === 'failed' && reply.fault.code === 'deadline_exceeded');
  sent[1]?.echo();
  await first;
  assert.equal(sent.length, 2);
});

test('an item that has left at its deadline is not called alone', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const late = runtime.call(request({ envelope: envelopeWithDeadline(Date.now() + 500) }));
  const other = runtime.call(request({ payload: '2' }));
  await nextTurn();
  t.mock.timers.tick(500);
  await late;
  sent[0]?.crash();
  await nextTurn();
  assert.deepEqual(sent[1]?.payloads, ['2']);
  sent[1]?.echo();
  assert.deepEqual(payloadsOf(await other), ['2']);
});

test('the expired deadline of a whole call decides', async (t) => {
  const { runtime, sent } = createBatchRig(t, { size: 2 });
  const calls = callAll(runtime, ['1', '2']);
  await nextTurn();
  const fault = { code: 'deadline_exceeded', message: 'late' } as const;
  sent[0]?.reply({ kind: 'failed', fault, retryable: false });
  for (const reply of await Promise.all(calls)) assert.ok(reply.kind === 'failed');
  assert.equal(sent.length, 1);
});

test('each call alone runs in the asynchronous context of its hop, with its attempt', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    layers: (next) => ({
      call(one) {
        seen.push([storage.getStore(), one.attempt, one.batch?.size]);
        return next.call(one);
      },
      close: () => next.close(),
    }),
  });
  storage.run('a', () => void runtime.call(request({ attempt: 2 })));
  storage.run('b', () => void runtime.call(request({ attempt: 3 })));
  await nextTurn();
  sent[0]?.crash();
  await nextTurn();
  sent[1]?.echo();
  await nextTurn();
  assert.deepEqual(seen, [
    ['a', 2, 2],
    ['b', 3, 2],
    ['a', 2, 1],
    ['b', 3, 1],
  ]);
});

test('a layer that throws after a failed batch does not keep its slot', async (t) => {
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    layers: (next) => ({
      async call(one) {
        const reply = await next.call(one);
        if (one.actor === 'bad') throw new Error('bad layer');
        return reply;
      },
      close: () => next.close(),
    }),
  });
  const bad = runtime.call(request({ actor: 'bad' }));
  const good = runtime.call(request({ payload: '2' }));
  await nextTurn();
  sent[0]?.crash();
  await assert.rejects(bad, /bad layer/);
  await nextTurn();
  sent[1]?.echo();
  assert.deepEqual(payloadsOf(await good), ['2']);
});

/** Calls a batch of two behind a rate limit that refuses each call alone a little later. */
function callBehindRateLimit(
  t: TestContext,
  giveBackCause: () => AbsenceCause | undefined = () => undefined,
) {
  const limited: Reply = { kind: 'absent', reason: 'no call soon', cause: 'rate_limit' };
  const { runtime, sent } = createBatchRig(t, {
    size: 2,
    deliveries: { giveBackCause },
    layers: (next) => ({
      async call(one) {
        if (one.batch?.size !== 1) return next.call(one);
        for (let turn = 0; turn < 3; turn++) await nextTurn();
        return limited;
      },
      close: () => next.close(),
    }),
  });
  const one = (payload: string) => runtime.call(request({ payload, isLastDeferral: true }));
  return { calls: [one('1'), one('2')], sent };
}

function callAll(runtime: Runtime, payloads: readonly string[]): readonly Promise<Reply>[] {
  return payloads.map((payload) => runtime.call(request({ payload })));
}
