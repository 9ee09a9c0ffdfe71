import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHop } from '../../../src/hop/readHop.ts';
import type { Hop, Settled } from '../../../src/hop/hop.ts';
import { joinRedeliveries } from '../../../src/sidecar/layers/joinRedeliveries.ts';
import type { Settle } from '../../../src/sidecar/settle.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { Delivery } from '../../../src/transport/transport.ts';

const SENT: Settled = { name: 'forward', dispatched: 1 };

test('a redelivery of a settled message is settled in the same way without another call', async () => {
  const { deliver, worked, settled } = setup();
  await deliver();
  assert.equal((await deliver({ redelivered: true })).reused, true);
  assert.equal(worked.length, 1);
  assert.equal(settled.length, 1);
});

const ENVELOPE = { id: 'env-1', hops: 0, payload: 'one' };
const HEADERS = { 'asya-published-at': 1_700_000_000_000 };
for (const [what, other] of [
  ['payload of the same length', { payload: 'two' }],
  ['envelope id', { envelopeId: 'env-2' }],
  ['number of hops', { hops: 1 }],
  ['message id', { id: 'entity-2' }],
  ['message id, none,', { id: undefined }],
  ['time of publishing', { headers: { 'asya-published-at': 1_700_000_000_001 } }],
  ['attempt', { headers: { ...HEADERS, 'asya-attempt': 2 } }],
  ['forward mark', { headers: { ...HEADERS, 'asya-forward': 'post' } }],
] as const) {
  test(`a redelivery with another ${what} is another message`, async () => {
    const { deliver, worked, release } = setup();
    await deliver();
    await deliver({ ...other, redelivered: true });
    assert.equal(worked.length, 2, 'after the first was settled');

    const hanging = setup('hang');
    const first = hanging.deliver();
    hanging.lose(0);
    const second = hanging.deliver({ ...other, redelivered: true });
    assert.equal(hanging.worked.length, 2, 'while the first runs');
    hanging.release();
    await Promise.all([first, second]);
    release();
  });
}

test('a redelivery counts as joined while it waits for the hop', async () => {
  for (const error of [undefined, new Error('the settlement failed')]) {
    const { deliver, health, lose, release } = setup('hang');
    const first = deliver();
    lose(0);
    const second = deliver({ redelivered: true });
    assert.equal(health.joined, 1);
    release(error);
    await Promise.allSettled([first]);
    await turn();
    assert.equal(health.joined, 0);
    release();
    await second;
  }
});

test('two large bodies that differ in one byte are two messages', async () => {
  const { deliver, worked } = setup();
  const payload = 'x'.repeat(100_000);
  await deliver({ payload });
  await deliver({
    payload: `${payload.slice(0, 50_000)}y${payload.slice(50_001)}`,
    redelivered: true,
  });
  assert.equal(worked.length, 2);
  await deliver({ payload, redelivered: true });
  assert.equal(worked.length, 2);
});

test('a hop that a redelivery has joined is never abandoned', async () => {
  const { deliver, lose, worked, release } = setup('hang');
  const hops = Array.from({ length: 1_001 }, (_, index) => deliver({ id: `message-${index}` }));
  for (const index of hops.keys()) lose(index);
  const joined = deliver({ id: 'message-0', redelivered: true });
  // The 1,001st hop without a valid delivery.
  const other = deliver({ id: 'another', redelivered: true });
  assert.deepEqual(
    worked.filter((hop) => hop.isAbandoned()).map(({ delivery }) => delivery.id),
    [],
  );
  lose(1_001);
  const another = deliver({ id: 'one more', redelivered: true });
  assert.deepEqual(
    worked.filter((hop) => hop.isAbandoned()).map(({ delivery }) => delivery.id),
    ['message-0'],
  );
  release();
  await Promise.allSettled([...hops, joined, other, another]);
});

test('a redelivery whose joined hop failed starts a new hop', async () => {
  const { deliver, lose, worked, release } = setup('hang');
  const first = deliver();
  lose(0);
  const joined = deliver({ redelivered: true });
  assert.equal(worked.length, 1);
  release(new Error('abandoned'));
  await assert.rejects(first, /abandoned/);
  await turn();
  assert.equal(worked.length, 2);
  release();
  assert.deepEqual(await joined, SENT);
});

test('a redelivery joins a hop whose consumer the broker has cancelled', async () => {
  const { deliver, cancelConsumer, worked, settled, release } = setup('hang');
  const first = deliver();
  cancelConsumer();
  const joined = deliver({ redelivered: true });
  release();
  assert.deepEqual(await first, SENT);
  assert.equal((await joined).reused, true);
  assert.equal(worked.length, 1);
  assert.equal(settled.length, 1);
});

test('a redelivery that is gone as well ends with its joined hop', async () => {
  const { deliver, lose, worked, release } = setup('hang');
  const first = deliver();
  lose(0);
  const joined = deliver({ redelivered: true });
  lose(1);
  release(new Error('abandoned'));
  await assert.rejects(first, /abandoned/);
  await assert.rejects(joined, /abandoned/);
  assert.equal(worked.length, 1);
});

interface Given {
  readonly id?: string | undefined;
  readonly envelopeId?: string;
  readonly hops?: number;
  readonly payload?: string;
  readonly headers?: Headers;
  readonly redelivered?: boolean;
}

/** The layer around a processor that settles hops at once, or when the test releases them. */
function setup(how: 'at once' | 'hang' = 'at once') {
  const worked: Hop[] = [];
  const settled: Hop[] = [];
  const deliveries: ReturnType<typeof deliveryOf>[] = [];
  let hanging: PromiseWithResolvers<Settled>[] = [];
  const health = { joined: 0 };
  const settle: Settle = {
    publish: () => Promise.reject(new Error('nothing to publish')),
    ack: async (hop) => void settled.push(hop),
    giveBack: async (hop) => void settled.push(hop),
  };
  const work = joinRedeliveries(
    settle,
    health,
  )((hop) => {
    worked.push(hop);
    if (how === 'at once') return Promise.resolve(SENT);
    const waiting = Promise.withResolvers<Settled>();
    hanging.push(waiting);
    return waiting.promise;
  });
  return {
    worked,
    settled,
    health,
    deliver: (given: Given = {}): Promise<Settled> => {
      const delivery = deliveryOf(given);
      deliveries.push(delivery);
      return work(readHop(delivery, { actor: 'infer', isEnd: false, maxNesting: 10 }));
    },
    lose: (index: number): void => {
      const delivery = deliveries[index];
      if (delivery !== undefined) delivery.gone = true;
    },
    /** Cancels the consumer of all deliveries. */
    cancelConsumer: (): void => {
      for (const delivery of deliveries) delivery.cancelled = true;
    },
    release: (error?: Error): void => {
      const released = hanging;
      hanging = [];
      for (const { resolve, reject } of released) {
        if (error === undefined) resolve(SENT);
        else reject(error);
      }
    },
  };
}

function deliveryOf(given: Given): Delivery & { gone: boolean; cancelled: boolean } {
  const { envelopeId: id = ENVELOPE.id, hops = ENVELOPE.hops, payload = ENVELOPE.payload } = given;
  const route = { actors: ['infer'], current: 0 };
  return {
    id: 'id' in given ? given.id : 'entity-1',
    queue: 'infer',
    body: Buffer.from(JSON.stringify({ id, route, headers: { 'x-asya-hops': hops }, payload })),
    headers: given.headers ?? HEADERS,
    redelivered: given.redelivered ?? false,
    unsettled: 0,
    gone: false,
    cancelled: false,
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
