import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueCounter } from '../../../../src/cli/ui/pipeline/queueCounter.ts';
import type { QueueState } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { MINUTE, SECOND } from '../../../../src/units.ts';
import { testConfig } from '../../../kit/rigs/testConfig.ts';

const RETRYING = new Set(['infer']);
const NOT_RETRYING = new Set<string>();

/** A broker with these numbers of ready messages; other queues are missing. */
function setup(queues: Record<string, Partial<QueueState>>, timeoutMs = 1_000) {
  const asked: string[] = [];
  const state = { nowMs: 0, isConnected: true, hangs: false };
  const inspect = async (queue: string): Promise<QueueState | undefined> => {
    asked.push(queue);
    if (state.hangs) return new Promise(() => {});
    if (!state.isConnected) return undefined;
    const found = Object.hasOwn(queues, queue) ? queues[queue] : undefined;
    const exists = found !== undefined;
    return { exists, ready: 0, consumers: undefined, leased: undefined, ...found };
  };
  const counter = new QueueCounter({
    config: testConfig({ retry: { backoffMs: [SECOND] } }),
    transport: () => ({ inspect }),
    nowMs: () => state.nowMs,
    timeoutMs,
  });
  /** Counts the queues of an actor, and returns the queues that were inspected. */
  const count = async (actor: string, retrying = NOT_RETRYING): Promise<string[]> => {
    asked.length = 0;
    await counter.count([actor], retrying);
    return [...asked];
  };
  return { counter, count, state, queues };
}

test('an actor has its ready messages, its consumers and the sum of its retry queues', async () => {
  const { counter, count } = setup({
    infer: { ready: 3, consumers: 2 },
    'infer:retry:1000': { ready: 4 },
    'infer:retry:5000': { ready: 5 },
  });
  await count('infer');
  assert.deepEqual(counter.of('infer'), { exists: true, ready: 3, retry: 9, consumers: 2 });
});

test('error-end has its parked messages', async () => {
  const { counter, count } = setup({ 'error-end': { ready: 1 }, 'error-end:parked': { ready: 2 } });
  await count('error-end');
  assert.deepEqual(counter.of('error-end'), { exists: true, ready: 1, retry: 0, parked: 2 });
});

test('delayed messages in the queue itself need no retry queues', async () => {
  const { counter, count } = setup({ infer: { ready: 1, delayed: 6 } });
  assert.deepEqual(await count('infer'), ['infer']);
  assert.equal(counter.of('infer')?.retry, 6);
});

test('a missing retry queue is looked for again after 10 minutes', async () => {
  const { count, state } = setup({ infer: {} });
  assert.equal((await count('infer')).length, 5);
  assert.deepEqual(await count('infer'), ['infer']);
  state.nowMs = 10 * MINUTE;
  assert.equal((await count('infer')).length, 5);
});

test('the retry queues of an actor are looked for when it begins to retry, and each 30 s', async () => {
  const { counter, count, state, queues } = setup({ infer: {} });
  await count('infer');
  queues['infer:retry:1000'] = { ready: 1 };
  assert.equal((await count('infer', RETRYING)).length, 5);
  assert.equal(counter.of('infer')?.retry, 1);
  assert.deepEqual(await count('infer', RETRYING), ['infer', 'infer:retry:1000']);
  state.nowMs = 30 * SECOND;
  assert.equal((await count('infer', RETRYING)).length, 5);
});

test('a missing queue of an actor is looked for again after 30 s', async () => {
  const { counter, count, state, queues } = setup({});
  await count('infer');
  assert.deepEqual(counter.of('infer'), { exists: false, ready: 0, retry: 0 });
  queues['infer'] = { ready: 1 };
  assert.deepEqual(await count('infer'), []);
  state.nowMs = 30 * SECOND;
  await count('infer');
  assert.equal(counter.of('infer')?.ready, 1);
});

test('without a connection there are no counts, and they return with it', async () => {
  const { counter, count, state } = setup({ infer: { ready: 3, delayed: 0 } });
  await count('infer');
  state.isConnected = false;
  await count('infer');
  assert.equal(counter.of('infer'), undefined);
  state.isConnected = true;
  await count('infer');
  assert.equal(counter.of('infer')?.ready, 3);
});

test('a missing queue is unknown without a connection, and looked for when it returns', async () => {
  const { counter, state, queues } = setup({ infer: { delayed: 0 } });
  const actors = ['infer', 'post'];
  await counter.count(actors, NOT_RETRYING);
  assert.equal(counter.of('post')?.exists, false);
  state.isConnected = false;
  await counter.count(actors, NOT_RETRYING);
  assert.equal(counter.of('post'), undefined);
  queues['post'] = { ready: 1, delayed: 0 };
  state.isConnected = true;
  await counter.count(actors, NOT_RETRYING);
  assert.equal(counter.of('post')?.ready, 1);
});

test('a broker that does not answer makes the counts unknown', async () => {
  const { counter, count, state } = setup({ infer: { ready: 3, delayed: 0 } }, 10);
  await count('infer');
  state.hangs = true;
  await count('infer');
  assert.equal(counter.of('infer'), undefined);
});
