import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Dispatch } from '../../src/hop/hop.ts';
import { createDeliver } from '../../src/sidecar/deliver.ts';
import { Health } from '../../src/sidecar/health.ts';
import { createSettle, type Settle } from '../../src/sidecar/settle.ts';
import { SendError, type ReplyTransport, type Transport } from '../../src/transport/transport.ts';
import { hopOf } from '../kit/envelopes/hops.ts';
import { idleIntake } from '../kit/rigs/idleIntake.ts';

test('a publish that throws rejects only after all running publishes have ended', async () => {
  const events: string[] = [];
  const { settle, sends } = setup();
  const publishing = settle.publish(hopOf(), fanOut(3)).catch((error: unknown) => {
    events.push(String(error));
  });
  sends[1]?.reject(new Error('a fault'));
  await turn();
  sends[0]?.resolve();
  await turn();
  assert.deepEqual(events, []);
  sends[2]?.resolve();
  await publishing;
  assert.deepEqual(events, ['Error: a fault']);
});

test('no publish begins after one has thrown', async () => {
  const { settle, sends } = setup();
  const publishing = settle.publish(hopOf(), fanOut(300));
  assert.equal(sends.length, 256);
  sends[0]?.reject(new Error('a fault'));
  for (const send of sends.slice(1)) send.resolve();
  await assert.rejects(publishing, /a fault/);
  assert.equal(sends.length, 256);
});

test('the dispatches that the broker does not accept are returned; the others are confirmed', async () => {
  const { settle, sends } = setup();
  const publishing = settle.publish(hopOf(), fanOut(3));
  sends[0]?.resolve();
  sends[1]?.reject(new SendError('unroutable', 'no queue'));
  sends[2]?.resolve();
  const undelivered = await publishing;
  assert.deepEqual(
    undelivered.map(({ dispatch, reason }) => [dispatch.to, reason === 'too_large' || reason.code]),
    [['post-1', 'unroutable']],
  );
});

test('nothing is sent when one dispatch is too large', async () => {
  const { settle, sends } = setup({ maxMessageBytes: 10 });
  const undelivered = await settle.publish(hopOf(), fanOut(2));
  assert.deepEqual(
    undelivered.map(({ reason }) => reason),
    ['too_large', 'too_large'],
  );
  assert.equal(sends.length, 0);
});

test('held hops add no listener to the signal that ends them', async () => {
  const { settle, sends, closed } = setup();
  const before = getEventListeners(closed.signal, 'abort').length;
  const publishing = settle.publish(hopOf(), fanOut(100));
  for (const send of sends) send.reject(new SendError('lost', 'the connection is lost'));
  await turn();
  assert.equal(getEventListeners(closed.signal, 'abort').length, before);
  closed.abort();
  await assert.rejects(publishing, { name: 'AbortError' });
});

function fanOut(count: number): Dispatch[] {
  const { envelope } = hopOf();
  return Array.from({ length: count }, (_, index): Dispatch => ({
    to: `post-${index}`,
    kind: 'fanout',
    envelope,
    edit: {},
  }));
}

/** A settle whose transport ends each send when the test resolves its promise. */
function setup({ maxMessageBytes = 1_000_000 } = {}): {
  settle: Settle;
  sends: PromiseWithResolvers<void>[];
  closed: AbortController;
} {
  const sends: PromiseWithResolvers<void>[] = [];
  const closed = new AbortController();
  const transport: Transport & Pick<ReplyTransport, 'sendCopy'> = {
    receive: () => Promise.reject(new Error('no receive')),
    send: () => {
      const send = Promise.withResolvers<void>();
      sends.push(send);
      return send.promise;
    },
    ack: async () => true,
    nack: async () => true,
    sendCopy: () => {},
    close: async () => {},
  };
  const health = new Health();
  const settle = createSettle({
    deliver: createDeliver(transport),
    transport,
    intake: idleIntake(health),
    health,
    maxMessageBytes,
    log: pino({ level: 'silent' }),
    closed: closed.signal,
  });
  return { settle, sends, closed };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
