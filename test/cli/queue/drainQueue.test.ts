import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../../src/cli/queue/decidedMessages.ts';
import { drainQueue, type DrainOptions } from '../../../src/cli/queue/drainQueue.ts';
import type { Delivery, Transport } from '../../../src/transport/transport.ts';
import { setupCommands } from '../../kit/processes/commands.ts';
import { until } from '../../kit/processes/until.ts';

const IDLE_TIMEOUT_MS = 50;
const NEVER = new AbortController().signal;

function drain(
  options: Omit<DrainOptions, 'limit' | 'connectionLosses'> & Partial<DrainOptions>,
): Promise<void> {
  return drainQueue({ limit: Number.POSITIVE_INFINITY, connectionLosses: () => 0, ...options });
}

test('each message is decided once, in order, and the messages that are left keep their order', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const decided: string[] = [];
  const decide = async (delivery: Delivery): Promise<Verdict> => {
    const text = delivery.body.toString();
    decided.push(text);
    if (text === 'b') return 'acknowledge';
    return 'leave';
  };
  await drain({ transport, queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER });
  assert.deepEqual(decided, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a', 'c', 'd'],
  );
});

test('a drain decides no more messages than its limit', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  await put('prep', Buffer.from('a'));
  const decided: string[] = [];
  const decide = async (delivery: Delivery): Promise<Verdict> => {
    decided.push(delivery.body.toString());
    await put('prep', Buffer.from('b'));
    return 'acknowledge';
  };
  await drain({
    transport,
    queue: 'prep',
    decide,
    limit: 1,
    idleTimeoutMs: 60_000,
    stopped: NEVER,
  });
  assert.deepEqual(decided, ['a']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('messages that are redelivered after a lost connection are not decided again', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['acked', 'left', 'last']) await put('prep', Buffer.from(text));
  let losses = 0;
  const decided: string[] = [];
  const decide = async (delivery: Delivery): Promise<Verdict> => {
    const text = delivery.body.toString();
    decided.push(text);
    if (text !== 'last') return text === 'left' ? 'leave' : 'acknowledge';
    broker.control.disconnect();
    losses++;
    broker.control.reconnect();
    return 'acknowledge';
  };
  await drain({
    transport,
    queue: 'prep',
    decide,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
    connectionLosses: () => losses,
  });
  assert.deepEqual(decided, ['acked', 'left', 'last']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['left'],
  );
});

test('an ack that is lost with the connection is repeated without another decision', async (t) => {
  const { broker, transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  let losses = 0;
  let lostAcks = 1;
  const unreliable: Transport = {
    ...transport,
    ack: async (delivery) => (lostAcks-- > 0 ? true : transport.ack(delivery)),
  };
  const decided: string[] = [];
  const decide = async (delivery: Delivery): Promise<Verdict> => {
    decided.push(delivery.body.toString());
    if (decided.length < 2) return 'acknowledge';
    broker.control.disconnect();
    losses++;
    broker.control.reconnect();
    return 'leave';
  };
  const options = {
    queue: 'prep',
    decide,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
    connectionLosses: () => losses,
  };
  await drain({ transport: unreliable, ...options });
  assert.deepEqual(decided, ['a', 'b']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b'],
  );
});

test('with a concurrency, each message is acknowledged at its own verdict, and no more are pending', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const pending: { text: string; resolve: (verdict: Verdict) => void }[] = [];
  const decide = ({ body }: Delivery): Promise<Verdict> => {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    pending.push({ text: body.toString(), resolve });
    return promise;
  };
  const acked: string[] = [];
  const recording: Transport = {
    ...transport,
    ack: (delivery) => {
      acked.push(delivery.body.toString());
      return transport.ack(delivery);
    },
  };
  const draining = drain({
    transport: recording,
    queue: 'prep',
    decide,
    concurrency: 3,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    stopped: NEVER,
  });
  const texts = (): string[] => pending.map(({ text }) => text);
  await until(() => pending.length === 3, 'three pending verdicts');
  pending[1]?.resolve('acknowledge');
  await until(() => pending.length === 4, 'the fourth message');
  assert.deepEqual([texts(), acked], [['a', 'b', 'c', 'd'], ['b']]);
  pending[0]?.resolve('leave');
  for (const { resolve } of pending) resolve('acknowledge');
  await draining;
  assert.deepEqual(acked.toSorted(), ['b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a'],
  );
});

test('a stopped drain leaves the messages that it has not decided', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const stop = new AbortController();
  const decide = async (): Promise<Verdict> => {
    stop.abort();
    return 'acknowledge';
  };
  await drain({ transport, queue: 'prep', decide, idleTimeoutMs: 60_000, stopped: stop.signal });
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b', 'c'],
  );
});

test('a drain stops while it waits for a message', async (t) => {
  const { transport } = await setupCommands(t);
  const decide = async (): Promise<Verdict> => 'leave';
  await drain({
    transport,
    queue: 'prep',
    decide,
    idleTimeoutMs: 60_000,
    stopped: AbortSignal.timeout(20),
  });
});

test('an error in a decision loses no message', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  const decide = async (): Promise<Verdict> => {
    throw new Error('on purpose');
  };
  await assert.rejects(
    drain({ transport, queue: 'prep', decide, idleTimeoutMs: IDLE_TIMEOUT_MS, stopped: NEVER }),
    /on purpose/,
  );
  assert.equal((await look('prep')).length, 2);
});
