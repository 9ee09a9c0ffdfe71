import assert from 'node:assert/strict';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Case } from '../case.ts';
import { createHold } from '../hold.ts';
import { frame, httpRequest } from '../rawConnection.ts';
import type { Action, RuntimeUnderTest } from '../runtimeUnderTest.ts';

const LIST_CASES: Readonly<Record<string, { value: unknown; payloads: readonly unknown[] }>> = {
  'a value': { value: { n: 1 }, payloads: [{ n: 1 }] },
  'a list': { value: [3, 4], payloads: [3, 4] },
  'a list in a list': { value: [[5]], payloads: [[5]] },
  'an empty list': { value: [], payloads: [] },
  'no value': { value: null, payloads: [] },
  false: { value: false, payloads: [false] },
};

export const BATCH_CASES: readonly Case[] = [
  ...Object.entries(LIST_CASES).map(([kind, { value, payloads }]): Case => ({
    title: `${kind} is the reply to its payload, in a batch of one and of three`,
    async run({ runtime }) {
      const action = { do: 'return', value };
      const [only] = await repliesTo(runtime, [action]);
      assert.deepEqual(parsed(only), payloads);
      const [first, second, third] = await repliesTo(runtime, [
        { do: 'return', value: 'first' },
        action,
        { do: 'return', value: 'third' },
      ]);
      assert.deepEqual(parsed(second), payloads);
      assert.deepEqual([parsed(first), parsed(third)], [['first'], ['third']]);
    },
  })),
  {
    title: 'a batch of 100 payloads has 100 replies in their order',
    async run({ runtime }) {
      const values = Array.from({ length: 100 }, (_, n) => n);
      const replies = await repliesTo(
        runtime,
        values.map((value) => ({ do: 'return', value })),
      );
      assert.deepEqual(replies.flatMap(parsed), values);
    },
  },
  {
    title: 'a payload that fails leaves its neighbours alone',
    async run({ runtime }) {
      const [first, failed, retried, deferred, rejected, last] = await repliesTo(runtime, [
        { do: 'return', value: 1 },
        { do: 'fail', message: 'not today' },
        { do: 'retry' },
        { do: 'retry', after: 5 },
        { do: 'reject', code: 'too_old', message: 'before 2020' },
        { do: 'return', value: 2 },
      ]);
      assert.deepEqual([parsed(first), parsed(last)], [[1], [2]]);
      assert.ok(failed?.kind === 'failed' && !failed.retryable);
      assert.deepEqual([failed.fault.message, failed.fault.type], ['not today', 'NotToday']);
      assert.ok(retried?.kind === 'failed' && retried.retryable);
      assert.ok(deferred?.kind === 'deferred' && deferred.afterMs === 5000);
      assert.ok(rejected?.kind === 'failed' && rejected.fault.runtimeCode === 'too_old');
    },
  },
  {
    title: 'a result without a JSON form fails alone',
    needs: ['checks results'],
    async run({ runtime }) {
      const [first, bad, last] = await repliesTo(runtime, [
        { do: 'return', value: 1 },
        { do: 'not a number' },
        { do: 'return', value: 2 },
      ]);
      assert.deepEqual([parsed(first), parsed(last)], [[1], [2]]);
      assert.ok(bad?.kind === 'failed' && bad.fault.code === 'runtime_error');
    },
  },
  {
    title: 'an exception of the function fails the whole call',
    needs: ['handles whole batches'],
    async run({ runtime }) {
      const reply = await runtime.askBatch(
        batch([{ do: 'return', value: 1 }, { do: 'fail batch' }]),
      );
      assert.ok(reply.kind === 'failed', JSON.stringify(reply));
      assert.deepEqual([reply.fault.message, reply.fault.type], ['the whole batch', 'NotToday']);
    },
  },
  {
    title: 'a list of results that is too short fails the whole call',
    needs: ['handles whole batches'],
    async run({ runtime }) {
      const actions = [
        { do: 'return', value: 1 },
        { do: 'lose one', value: 2 },
        { do: 'return', value: 3 },
      ];
      const reply = await runtime.askBatch(batch(actions));
      assert.ok(reply.kind === 'failed', JSON.stringify(reply));
      assert.equal(reply.fault.code, 'runtime_error');
      assert.match(reply.fault.message, /2.*3|3.*2/);
    },
  },
  {
    title: 'each payload has its own context',
    protocols: ['http'],
    needs: ['runs the payloads of a batch concurrently'],
    async run({ runtime }) {
      const requests = ['one, or two', 'Grüße'].map((id, index) => ({
        attempt: index + 1,
        envelope: envelopeOf(id),
      }));
      const [first = {}, second = {}] = requests;
      const reply = await runtime.askBatch([first, second]);
      assert.ok(reply.kind === 'answered', JSON.stringify(reply));
      const contexts = reply.replies.flatMap(parsed);
      assert.partialDeepStrictEqual(contexts, [
        { id: 'one, or two', attempt: 1 },
        { id: 'Grüße', attempt: 2 },
      ]);
    },
  },
  {
    title: 'the payloads of a batch run at the same time',
    needs: ['runs the payloads of a batch concurrently'],
    async run({ runtime }) {
      const holds = [createHold(runtime, 1), createHold(runtime, 2)];
      const replies = repliesTo(
        runtime,
        holds.map(({ action }) => action),
      );
      for (const { begun } of holds) await begun();
      for (const { release } of holds.toReversed()) await release();
      assert.deepEqual((await replies).flatMap(parsed), [1, 2]);
    },
  },
  {
    title: 'a connection carries many batches',
    async run({ runtime, protocol }) {
      const connection = await runtime.connect();
      for (let number = 0; number < 20; number++) {
        const body = `[{"do":"return","value":${number}}]`;
        const headers = { 'asya-batch': '1' };
        await connection.write(protocol === 'http' ? httpRequest(body, { headers }) : frame(body));
        assert.equal((await connection.reply()).body.toString(), `[${number}]`);
      }
    },
  },
  {
    title: 'a request that is not an array is an error of the whole call',
    protocols: ['payload'],
    async run({ runtime }) {
      const connection = await runtime.connect();
      await connection.write(frame('{"do":"return","value":1}'));
      assert.match((await connection.reply()).body.toString(), /^\{"error"/);
    },
  },
];

/** Calls the actor with a batch; returns the reply to each payload. */
async function repliesTo(
  runtime: RuntimeUnderTest,
  actions: readonly Action[],
): Promise<readonly Reply[]> {
  const reply = await runtime.askBatch(batch(actions));
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  assert.equal(reply.replies.length, actions.length);
  return reply.replies;
}

type Requests = Parameters<RuntimeUnderTest['askBatch']>[0];

function batch(actions: readonly Action[]): Requests {
  const [first = {}, ...others] = actions.map((it) => ({ payload: JSON.stringify(it) }));
  return [first, ...others];
}

function parsed(reply: Reply | undefined): unknown[] {
  assert.ok(reply);
  return payloadsOf(reply).map((text) => JSON.parse(text));
}

function envelopeOf(id: string): string {
  const route = { actors: ['infer'], current: 0 };
  return JSON.stringify({ id, route, payload: { do: 'context' } });
}
