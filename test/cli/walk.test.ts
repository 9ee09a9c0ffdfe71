import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walkQueue, type Verdict } from '../../src/cli/walk.ts';
import type { Delivery } from '../../src/transport/transport.ts';
import { setupCommands } from '../helpers/commands.ts';

const QUIET_MS = 50;
const NEVER = new AbortController().signal;

test('each message is visited once, in order, and what is left stands at its place again', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c', 'd']) await put('prep', Buffer.from(text));
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    const text = delivery.body.toString();
    visited.push(text);
    if (text === 'b') await transport.ack(delivery);
    return text === 'b' ? 'settled' : 'left';
  };
  await walkQueue({ transport, queue: 'prep', visit, quietMs: QUIET_MS, stopped: NEVER });
  assert.deepEqual(visited, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['a', 'c', 'd'],
  );
});

test('what comes while it walks is visited too', async (t) => {
  const { transport, put } = await setupCommands(t);
  await put('prep', Buffer.from('a'));
  const visited: string[] = [];
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    visited.push(delivery.body.toString());
    if (visited.length === 1) await put('prep', Buffer.from('b'));
    return 'left';
  };
  await walkQueue({ transport, queue: 'prep', visit, quietMs: QUIET_MS, stopped: NEVER });
  assert.deepEqual(visited, ['a', 'b']);
});

test('a walk that is stopped leaves what it has not visited', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b', 'c']) await put('prep', Buffer.from(text));
  const stop = new AbortController();
  const visit = async (delivery: Delivery): Promise<Verdict> => {
    await transport.ack(delivery);
    stop.abort();
    return 'settled';
  };
  await walkQueue({ transport, queue: 'prep', visit, quietMs: 60_000, stopped: stop.signal });
  assert.deepEqual(
    (await look('prep')).map(({ body }) => body.toString()),
    ['b', 'c'],
  );
});

test('a walk that waits can be stopped', async (t) => {
  const { transport } = await setupCommands(t);
  const visit = async (): Promise<Verdict> => 'left';
  await walkQueue({ transport, queue: 'prep', visit, quietMs: 60_000, stopped: AbortSignal.timeout(20) });
});

test('a visit that fails loses nothing', async (t) => {
  const { transport, put, look } = await setupCommands(t);
  for (const text of ['a', 'b']) await put('prep', Buffer.from(text));
  const visit = async (): Promise<Verdict> => {
    throw new Error('on purpose');
  };
  await assert.rejects(
    walkQueue({ transport, queue: 'prep', visit, quietMs: QUIET_MS, stopped: NEVER }),
    /on purpose/,
  );
  assert.equal((await look('prep')).length, 2);
});
