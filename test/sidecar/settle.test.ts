import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { pino } from 'pino';
import { createHealth } from '../../src/sidecar/health.ts';
import type { Dispatch, Outcome } from '../../src/hop/hop.ts';
import { createSettle, type Settle } from '../../src/sidecar/settle.ts';
import { SendError, type Transport } from '../../src/transport/transport.ts';
import { hopOf } from '../kit/envelopes/hops.ts';
import { alwaysConsuming } from '../kit/rigs/alwaysConsuming.ts';

test('when one publish of a fan-out throws, the hop is decided again only when the others have ended', async () => {
  const events: string[] = [];
  const { settle, sends } = setup();
  const settling = settle(hopOf(), fanOut(3)).catch((error: unknown) => {
    events.push(String(error));
  });
  sends[1]?.reject(new Error('a fault'));
  await turn();
  sends[0]?.resolve();
  await turn();
  assert.deepEqual(events, []);
  sends[2]?.resolve();
  await settling;
  assert.deepEqual(events, ['Error: a fault']);
});

test('after a publish that throws no other publish begins', async () => {
  const { settle, sends } = setup();
  const settling = settle(hopOf(), fanOut(300));
  assert.equal(sends.length, 256);
  sends[0]?.reject(new Error('a fault'));
  for (const send of sends.slice(1)) send.resolve();
  await assert.rejects(settling, /a fault/);
  assert.equal(sends.length, 256);
});

test('held hops add no listener to the signal that lets go of them', async () => {
  const { settle, sends, closed } = setup();
  const before = getEventListeners(closed.signal, 'abort').length;
  const settling = settle(hopOf(), fanOut(100));
  for (const send of sends) send.reject(new SendError('lost', 'the connection is lost'));
  await turn();
  assert.equal(getEventListeners(closed.signal, 'abort').length, before);
  closed.abort();
  await assert.rejects(settling, { name: 'AbortError' });
});

function fanOut(count: number): Outcome {
  const dispatches = Array.from({ length: count }, (): Dispatch => ({
    to: 'post',
    kind: 'fanout',
    envelope: hopOf().envelope,
    edit: {},
  }));
  return { kind: 'forward', name: 'fanout', dispatches };
}

/** On a transport whose every send ends when a test says so. */
function setup(): {
  settle: Settle;
  sends: PromiseWithResolvers<void>[];
  closed: AbortController;
} {
  const sends: PromiseWithResolvers<void>[] = [];
  const closed = new AbortController();
  const transport: Transport = {
    receive: () => Promise.reject(new Error('nothing is received')),
    send: () => {
      const send = Promise.withResolvers<void>();
      sends.push(send);
      return send.promise;
    },
    ack: async () => true,
    nack: async () => true,
    close: async () => {},
  };
  const settle = createSettle({
    transport,
    place: {
      actor: 'infer',
      happyEnd: 'happy-end',
      errorEnd: 'error-end',
      isEnd: false,
      maxFanout: 1_000,
      maxMessageBytes: 1_000_000,
    },
    policy: { maxAttempts: 3, backoffMs: [1], errors: [], maxDeferrals: 1 },
    intake: alwaysConsuming(),
    health: createHealth(),
    log: pino({ level: 'silent' }),
    maxNesting: 10,
    closed: closed.signal,
  });
  return { settle, sends, closed };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
