import assert from 'node:assert/strict';
import type { Case, Stage } from '../case.ts';
import { createHold } from '../hold.ts';
import { frame, httpRequest } from '../rawConnection.ts';
import type { Action } from '../runtimeUnderTest.ts';

export const BATCH_CASES: readonly Case[] = [
  {
    title: 'a batch has one reply for each payload, in order',
    async run(stage) {
      const values = [{ n: 1 }, 'two', [3, 4], [[5]], [], null, false];
      const replies = await repliesTo(
        stage,
        values.map((value) => ({ do: 'return', value })),
      );
      assert.deepEqual(replies.map(withoutEmpty), values.map(withoutEmpty));
    },
  },
  {
    title: 'a batch of one has one reply',
    async run(stage) {
      assert.deepEqual(await repliesTo(stage, [{ do: 'return', value: { n: 1 } }]), [{ n: 1 }]);
      assert.deepEqual(await repliesTo(stage, [{ do: 'return', value: [[1, 2]] }]), [[[1, 2]]]);
    },
  },
  {
    title: 'a batch of 500 payloads has 500 replies',
    async run(stage) {
      const values = Array.from({ length: 500 }, (_, n) => n);
      const actions = values.map((value) => ({ do: 'return', value }));
      assert.deepEqual(await repliesTo(stage, actions), values);
    },
  },
  {
    title: 'an item that fails leaves its neighbours alone',
    async run(stage) {
      const [first, failed, retried, deferred, rejected, last] = await repliesTo(stage, [
        { do: 'return', value: 1 },
        { do: 'fail', message: 'not today' },
        { do: 'retry' },
        { do: 'retry', after: 5 },
        { do: 'reject', code: 'too_old', message: 'before 2020' },
        { do: 'return', value: 2 },
      ]);
      assert.deepEqual([first, last], [1, 2]);
      assertHas(failed, { message: 'not today', type: 'NotToday' });
      assertHas(retried, { retryable: true });
      assertHas(deferred, { retry_after_ms: 5000 });
      assertHas(rejected, { error: 'too_old', message: 'before 2020' });
    },
  },
  {
    title: 'a result without a JSON form fails alone',
    needs: ['checks results'],
    async run(stage) {
      const [first, bad, last] = await repliesTo(stage, [
        { do: 'return', value: 1 },
        { do: 'not a number' },
        { do: 'return', value: 2 },
      ]);
      assert.deepEqual([first, last], [1, 2]);
      assert.ok(isRecord(bad) && typeof bad['error'] === 'string', JSON.stringify(bad));
    },
  },
  {
    title: 'an exception fails the whole call',
    needs: ['handles whole batches'],
    async run(stage) {
      const reply = await exchange(stage, [{ do: 'return', value: 1 }, { do: 'fail batch' }]);
      assertHas(reply, { message: 'the whole batch', type: 'NotToday' });
    },
  },
  {
    title: 'a list that is too short fails the whole call',
    needs: ['handles whole batches'],
    async run(stage) {
      const reply = await exchange(stage, [
        { do: 'return', value: 1 },
        { do: 'lose one', value: 2 },
      ]);
      assert.ok(isRecord(reply) && typeof reply['error'] === 'string', JSON.stringify(reply));
      assert.match(String(reply['message']), /2/);
    },
  },
  {
    title: 'each item has its own context',
    protocols: ['http'],
    needs: ['passes a context'],
    async run(stage) {
      if (stage.features.has('handles whole batches')) return;
      const replies = await repliesTo(stage, [{ do: 'context' }, { do: 'context' }]);
      const ids = replies.map((reply) => isRecord(reply) && [reply['id'], reply['attempt']]);
      assert.deepEqual(ids, [
        ['env,0', 1],
        ['env,1', 2],
      ]);
    },
  },
  {
    title: 'the items of a batch run at the same time',
    needs: ['runs calls concurrently'],
    async run(stage) {
      if (stage.features.has('handles whole batches')) return;
      const holds = [createHold(stage.runtime, 1), createHold(stage.runtime, 2)];
      const replies = repliesTo(
        stage,
        holds.map(({ action }) => action),
      );
      for (const { begun } of holds) await begun();
      for (const { release } of holds.toReversed()) await release();
      assert.deepEqual(await replies, [1, 2]);
    },
  },
  {
    title: 'a connection carries many batches',
    async run(stage) {
      const connection = await stage.runtime.connect();
      for (let batch = 0; batch < 20; batch++) {
        await connection.write(encodeBatch(stage, [{ do: 'return', value: batch }]));
        assert.deepEqual(JSON.parse((await connection.reply()).body.toString()), [batch]);
      }
    },
  },
];

/** Sends a batch; returns its replies. */
async function repliesTo(stage: Stage, actions: readonly Action[]): Promise<readonly unknown[]> {
  const reply = await exchange(stage, actions);
  assert.ok(Array.isArray(reply), JSON.stringify(reply));
  assert.equal(reply.length, actions.length);
  return reply;
}

async function exchange(stage: Stage, actions: readonly Action[]): Promise<unknown> {
  const connection = await stage.runtime.connect();
  await connection.write(encodeBatch(stage, actions));
  return JSON.parse((await connection.reply()).body.toString());
}

function encodeBatch({ protocol }: Stage, actions: readonly Action[]): Buffer {
  const body = JSON.stringify(actions);
  if (protocol === 'payload') return frame(body);
  const ids = actions.map((_, index) => encodeURIComponent(`env,${index}`));
  return httpRequest(body, {
    headers: {
      'asya-batch': String(actions.length),
      'asya-envelope-id': ids.join(','),
      'asya-idempotency-key': ids.join(','),
      'asya-attempt': actions.map((_, index) => index + 1).join(','),
    },
  });
}

/** An empty reply may be `null` or an empty list. */
function withoutEmpty(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? null : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function assertHas(value: unknown, members: Readonly<Record<string, unknown>>): void {
  assert.ok(isRecord(value) && typeof value['error'] === 'string', JSON.stringify(value));
  const found = Object.keys(members).map((name) => [name, value[name]]);
  assert.deepEqual(Object.fromEntries(found), members);
}
