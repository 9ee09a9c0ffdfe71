import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../../src/cli/queue/decidedMessages.ts';
import { drainQueue, type DrainOptions } from '../../../src/cli/queue/drainQueue.ts';
import type { Delivery, Transport } from '../../../src/transport/transport.ts';
import { setupCommands } from '../../kit/processes/commands.ts';

const QUIET_MS = 50;
const NEVER = new AbortController().signal;

function walk(
  options: Omit<DrainOptions, 'limit' | 'connectionLosses'> & Partial<DrainOptions>,
): Promise<void> {
  return drainQueue({ limit: Number.POSITIVE_INFINITY, connectionLosses: () => 0, ...options });
}

test('each message is visited once, in order, and what is left stands at its place again', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    const text = delivery.body.toString();
    visited.push(text);
    if (text === 'b') return 'acknowledge';
    return 'leave';
  };
  await walk({ transport, queue: 'prep', decide: visit, quietMs: QUIET_MS, stopped: NEVER });
  assert.deepEqual(visited, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a', 'c', 'd'],
  );
});

test('a walk visits no more messages than its limit, so what comes meanwhile is for another one', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  await put('prep', Buffer.from('a'));
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    visited.push(delivery.body.toString());
    await put('prep', Buffer.from('b'));
    return 'acknowledge';
  };
  await walk({
    transport,
    queue: 'prep',
    decide: visit,
    limit: 1,
    quietMs: 60_000,
    stopped: NEVER,
  });
  assert.deepEqual(visited, ['a']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('after a lost connection, what was decided is not visited again', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['acked', 'left', 'last']) await put('prep', Buffer.from(text));
  let losses = 0;
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    const text = delivery.body.toString();
    visited.push(text);
    if (text !== 'last') return text === 'left' ? 'leave' : 'acknowledge';
    broker.control.disconnect();
    losses++;
    broker.control.reconnect();
    return 'acknowledge';
  };
  await walk({
    transport,
    queue: 'prep',
    decide: visit,
    quietMs: QUIET_MS,
    stopped: NEVER,
    connectionLosses: () => losses,
  });
  assert.deepEqual(visited, ['acked', 'left', 'last']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['left'],
  );
});

test('an ack that is lost with the connection is repeated, without another visit', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  let losses = 0;
  let lostAcks = 1;
  const unreliable: Transport = {
    ...transport,
    ack: async (delivery) => (lostAcks-- > 0 ? true : transport.ack(delivery)),
  };
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    visited.push(delivery.body.toString());
    if (visited.length < 2) return 'acknowledge';
    broker.control.disconnect();
    losses++;
    broker.control.reconnect();
    return 'leave';
  };
  const options = {
    queue: 'prep',
    decide: visit,
    quietMs: QUIET_MS,
    stopped: NEVER,
    connectionLosses: () => losses,
  };
  await walk({ transport: unreliable, ...options });
  assert.deepEqual(visited, ['a', 'b']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('a walk that is stopped leaves what it has not visited', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const stop = new AbortController();
  const visit = async (): Promise<Verdict> => {
    stop.abort();
    return 'acknowledge';
  };
  await walk({ transport, queue: 'prep', decide: visit, quietMs: 60_000, stopped: stop.signal });
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b', 'c'],
  );
});

test('a walk that waits can be stopped', async (t) => {
  const { transport } = await setupCommands(t);
  const visit = async (): Promise<Verdict> => 'leave';
  await walk({
    transport,
    queue: 'prep',
    decide: visit,
    quietMs: 60_000,
    stopped: AbortSignal.timeout(20),
  });
});

test('a visit that fails loses nothing', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  const visit = async (): Promise<Verdict> => {
    throw new Error('on purpose');
  };
  await assert.rejects(
    walk({ transport, queue: 'prep', decide: visit, quietMs: QUIET_MS, stopped: NEVER }),
    /on purpose/,
  );
  assert.equal((await look('prep')).length, 2);
});
