import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pino } from 'pino';
import type { Dispatch } from '../../src/hop/hop.ts';
import { until } from '../kit/processes/until.ts';
import { createDeliver } from '../../src/sidecar/deliver.ts';
import { Health } from '../../src/sidecar/health.ts';
import { createSettle, type Settle } from '../../src/sidecar/settle.ts';
import type { Message } from '../../src/transport/message.ts';
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

test('the log line of a held hop has the code by which the ledger explains a copy', async () => {
  const { settle, sends, lines } = setup();
  const publishing = settle.publish(hopOf(), fanOut(1));
  sends[0]?.reject(new SendError('lost', 'connection lost'));
  await until(() => sends.length === 2, 'the second send');
  sends[1]?.resolve();
  assert.deepEqual(await publishing, []);
  const [line] = lines.map((text) => JSON.parse(text) as { readonly code?: string; msg: string });
  assert.deepEqual([line?.msg, line?.code], ['envelope not accepted; hop held', 'lost']);
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

test('a confirmed dispatch to an end is copied to the reply queue, and no other one', async () => {
  const kinds = ['next', 'fanout', 'happy_end', 'error_end', 'retry', 'parked'] as const;
  const ends: ReadonlyMap<string, string> = new Map([
    ['happy-end', 'happy_end'],
    ['error-end', 'error_end'],
  ]);
  const some = fc.array(
    fc.record({
      to: fc.constantFrom('infer', 'happy-end', 'error-end'),
      kind: fc.constantFrom(...kinds),
      replyTo: fc.option(fc.constantFrom('asya:reply:a', 'asya:reply:b')),
    }),
    { maxLength: 10 },
  );
  await fc.assert(
    fc.asyncProperty(some, async (given) => {
      const { settle, sends, copies } = setup();
      const dispatches = given.map(({ to, kind, replyTo }, n): Dispatch => {
        const headers = replyTo === null ? {} : { 'x-asya-reply-to': replyTo };
        const { envelope } = hopOf({ envelope: { id: `env-${n}`, headers } });
        return { to, kind, envelope, edit: {} };
      });
      const publishing = settle.publish(hopOf(), dispatches);
      await turn();
      assert.deepEqual(copies, [], 'nothing is confirmed yet');
      for (const send of sends) send.resolve();
      await publishing;
      const expected = given.flatMap(({ to, kind, replyTo }, n) => {
        const end = kind === 'retry' || kind === 'parked' ? undefined : ends.get(to);
        return replyTo === null || end === undefined
          ? []
          : [[replyTo, `env-${n}`, { 'asya-end': end }]];
      });
      assert.deepEqual(
        copies.map(({ queue, copy: { body, headers } }) => [queue, idIn(body), headers]),
        expected,
      );
    }),
  );
});

test('a dispatch that the broker does not accept is not copied', async () => {
  const { settle, sends, copies } = setup();
  const { envelope } = hopOf({ envelope: { headers: { 'x-asya-reply-to': 'asya:reply:a' } } });
  const dispatch: Dispatch = { to: 'happy-end', kind: 'happy_end', envelope, edit: {} };
  const publishing = settle.publish(hopOf(), [dispatch]);
  sends[0]?.reject(new SendError('unroutable', 'no queue'));
  assert.equal((await publishing).length, 1);
  assert.deepEqual(copies, []);
});

test('the copy of a refused error envelope is the original that was sent instead', async () => {
  const { settle, sends, copies } = setup();
  const { envelope } = hopOf({ envelope: { headers: { 'x-asya-reply-to': 'asya:reply:a' } } });
  const original = { body: envelope.bytes, headers: { 'asya-error-code': 'runtime_error' } };
  const dispatch: Dispatch = { to: 'error-end', kind: 'error_end', envelope, edit: {}, original };
  const publishing = settle.publish(hopOf(), [dispatch]);
  sends[0]?.reject(new SendError('refused', 'too large'));
  await turn();
  sends[1]?.resolve();
  await publishing;
  const headers = { 'asya-error-code': 'runtime_error', 'asya-end': 'error_end' };
  assert.deepEqual(copies, [{ queue: 'asya:reply:a', copy: { body: envelope.bytes, headers } }]);
});

test('an error envelope is sent again when the broker refused access to the queue', async () => {
  const { settle, sends, sent } = setup();
  const { envelope } = hopOf();
  const original = { body: Buffer.from('original'), headers: {} };
  const dispatch: Dispatch = { to: 'error-end', kind: 'error_end', envelope, edit: {}, original };
  const publishing = settle.publish(hopOf(), [dispatch]);
  sends[0]?.reject(new SendError('refused', 'no permission', { accessRefused: true }));
  await until(() => sends.length === 2, 'the second send');
  sends[1]?.resolve();
  assert.deepEqual(await publishing, []);
  assert.deepEqual(
    sent.map(({ body }) => idIn(body)),
    [envelope.id, envelope.id],
  );
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
  copies: { readonly queue: string; readonly copy: Message }[];
  /** The messages that were passed to the transport. */
  sent: Message[];
  /** The lines of the log. */
  lines: string[];
} {
  const lines: string[] = [];
  const sent: Message[] = [];
  const copies: { readonly queue: string; readonly copy: Message }[] = [];
  const sends: PromiseWithResolvers<void>[] = [];
  const closed = new AbortController();
  const transport: Transport & Pick<ReplyTransport, 'sendCopy'> = {
    receive: () => Promise.reject(new Error('no receive')),
    send: (_, message) => {
      sent.push(message);
      const send = Promise.withResolvers<void>();
      sends.push(send);
      return send.promise;
    },
    ack: async () => true,
    nack: async () => true,
    sendCopy: (queue, copy) => void copies.push({ queue, copy }),
    close: async () => {},
  };
  const health = new Health();
  const settle = createSettle({
    deliver: createDeliver(transport),
    transport,
    intake: idleIntake(health),
    health,
    routing: { happyEnd: 'happy-end', errorEnd: 'error-end' },
    maxMessageBytes,
    log: pino({}, { write: (line: string) => lines.push(line) }),
    closed: closed.signal,
  });
  return { settle, sends, closed, copies, sent, lines };
}

function idIn(body: Buffer): unknown {
  return (JSON.parse(body.toString()) as { id: unknown }).id;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
