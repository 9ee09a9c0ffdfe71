import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test, type TestContext } from 'node:test';
import type { Channel } from 'amqplib';
import type { Message } from '../../../../src/transport/message.ts';
import { SendError } from '../../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { openBroker, type Broker } from '../../../kit/brokers/broker.ts';
import { createInbox } from '../../../kit/envelopes/inbox.ts';
import {
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';

/** Permanent refusals: 403 by a topic permission, 406 by the message size, 501 by `frame_max`. */

const MAX_MESSAGE_BYTES = 100_000;
// The smallest value that RabbitMQ 4 accepts.
const FRAME_MAX = 8192;
let broker: Broker;
before(async () => {
  broker = await openBroker({
    series: sharedBroker().series,
    config: () => [`max_message_size = ${MAX_MESSAGE_BYTES}`, `frame_max = ${FRAME_MAX}`],
  });
});
after(() => broker.close());

test('a message refused by a topic permission fails with the reply text of the broker', async (t) => {
  const { transport, topology, forbid } = await setup(t);
  await forbid();
  await assert.rejects(
    transport.send('forbidden', message('x')),
    refusedWith(/"forbidden" at exchange "[^"]*": ACCESS_REFUSED - /, { accessRefused: true }),
  );
  await transport.send(topology.actor, message('next'));
});

test('messages published around a refused message arrive, later ones exactly once', async (t) => {
  const { transport, forbid, received } = await setup(t);
  await forbid();
  const results = await sendTenAround(transport, 'first', 'forbidden');
  assert.deepEqual(results, ['refused']);
  const counts = await received('first', 10);
  for (const index of ['5', '6', '7', '8', '9'])
    assert.equal(counts.get(`first ${index}`), 1, index);
  for (const [text, count] of counts) assert.ok(count <= 2, `${text}: ${count}`);
});

test('a message to a refused address does not cause other messages to be published again', async (t) => {
  const { transport, topology, forbid, allow, received, warnings } = await setup(t);
  await forbid();
  await assert.rejects(
    transport.send('forbidden', message('x')),
    refusedWith(/: ACCESS_REFUSED - /, { accessRefused: true }),
  );
  const before = warnings.length;
  assert.deepEqual(await sendTenAround(transport, 'second', 'forbidden'), ['refused']);
  const counts = await received('second', 10);
  assert.deepEqual([...counts.values()], Array(10).fill(1));
  assert.equal(warnings.length - before, 2, 'two channels were closed');
  // The first accepted message clears the refusal of the address.
  await allow();
  await assert.rejects(transport.send('forbidden', message('x')), isCode('unroutable'));
  await transport.send(topology.actor, message('next'));
});

test('a message over the size limit of the broker is refused without losing the connection', async (t) => {
  const { transport, states, received } = await setup(t);
  const seen = states.all.length;
  const oversize = { body: Buffer.alloc(MAX_MESSAGE_BYTES + 1), headers: {} };
  const [result] = await Promise.allSettled([
    transport.send('anywhere', oversize),
    ...Array.from({ length: 10 }, (_, index) => transport.send(SELF, message(`third ${index}`))),
  ]);
  const tooLarge = refusedWith(/: PRECONDITION_FAILED - /, { accessRefused: false });
  assert.ok(result?.status === 'rejected' && tooLarge(result.reason));
  assert.deepEqual([...(await received('third', 10)).values()], Array(10).fill(1));
  assert.equal(states.all.length, seen, 'the transport stayed connected');
});

test('a message to a full queue is unconfirmed, not refused', async (t) => {
  const { transport, channel } = await setup(t);
  const queue = `full-${randomUUID()}`;
  await channel.assertQueue(`asya-${queue}`, {
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await channel.bindQueue(`asya-${queue}`, EXCHANGE, queue);
  await transport.send(queue, message('fits'));
  await assert.rejects(transport.send(queue, message('does not')), isCode('unconfirmed'));
});

for (const [title, value] of [
  ['one large header', { large: 'x'.repeat(FRAME_MAX) }],
  [
    'many small headers',
    Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`header-${n}`, n])),
  ],
  ['a number that AMQP cannot encode', { nan: Number.NaN }],
] as const) {
  test(`a message with ${title} is published without it and with the sidecar's own headers`, async (t) => {
    const { transport, topology, warnings } = await setup(t);
    const inbox = createInbox();
    await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
    const before = warnings.length;
    const headers = {
      ...value,
      'asya-attempt': 3,
      'asya-forward': 'post',
      traceparent: '00-1-2-01',
    };
    await transport.send(topology.actor, { body: Buffer.from('x'), headers });
    const delivery = await inbox.next();
    assert.equal(delivery.headers['asya-attempt'], 3);
    assert.equal(delivery.headers['asya-forward'], 'post');
    assert.equal(delivery.headers['traceparent'], '00-1-2-01');
    for (const name of ['large', 'nan', 'header-599']) assert.ok(!(name in delivery.headers), name);
    assert.match(warnings.slice(before).join('\n'), /message headers removed/);
    await transport.ack(delivery);
  });
}

test('nested headers count towards the size of the frame', async (t) => {
  const { transport, topology, channel, warnings } = await setup(t);
  const inbox = createInbox();
  await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
  // The headers just fit into a frame; those that a retry adds exceed it.
  const nested = { list: [{ text: 'x'.repeat(FRAME_MAX - 200) }] };
  channel.publish('', `asya-${topology.actor}`, Buffer.from('x'), {
    headers: { nested, small: 1 },
  });
  const delivery = await inbox.next();
  const headers = { ...delivery.headers, 'asya-attempt': 2, 'asya-published-at': Date.now() };
  await transport.send(topology.actor, {
    ...delivery,
    headers: { ...headers, extra: 'x'.repeat(200) },
  });
  await transport.ack(delivery);
  const again = await inbox.next();
  assert.equal(again.headers['asya-attempt'], 2);
  assert.equal(again.headers['small'], 1);
  assert.equal(warnings.length, 1, warnings.join('\n'));
});

const SELF = 'self';
const LAST = 'last';
let EXCHANGE = '';

interface Setup extends OpenedTransport {
  readonly topology: ReturnType<typeof uniqueTopology>;
  readonly channel: Channel;
  /** Restricts publishing to the sidecar's own queue and the ends. */
  readonly forbid: () => Promise<void>;
  readonly allow: () => Promise<void>;
  /** Resolves to the number of arrivals of each of the `count` messages with this prefix. */
  readonly received: (prefix: string, count: number) => Promise<ReadonlyMap<string, number>>;
}

async function setup(t: TestContext): Promise<Setup> {
  const topology = { ...uniqueTopology(), actor: SELF };
  EXCHANGE = `exchange-${randomUUID()}`;
  const exchange = EXCHANGE;
  const channel = await openAmqpChannel(t, broker.url);
  await channel.deleteQueue(`asya-${SELF}`);
  const opened = await openRabbitmqTransport(t, topology, { ports: [broker.port], exchange });
  await opened.states.until({ connected: true, missing: [] });
  const permit = (pattern: string): Promise<string> =>
    rabbitmqctl(broker.control, 'set_topic_permissions', 'guest', exchange, pattern, '.*');
  return {
    ...opened,
    topology,
    channel,
    forbid: async () =>
      void (await permit(`^(${SELF}|${topology.happyEnd}|${topology.errorEnd})$`)),
    allow: async () => void (await permit('.*')),
    received: async (prefix, count) => {
      const inbox = createInbox();
      await opened.transport.receive(SELF, inbox.onDelivery, { prefetch: 1_000 });
      await opened.transport.send(SELF, message(LAST));
      const counts = new Map<string, number>();
      for (;;) {
        const text = (await inbox.next()).body.toString();
        if (text === LAST) break;
        if (text.startsWith(prefix)) counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      assert.equal(counts.size, count);
      return counts;
    },
  };
}

/** Sends one message between five others each before and after it; returns the error codes. */
async function sendTenAround(
  transport: InspectableTransport,
  prefix: string,
  queue: string,
): Promise<string[]> {
  const neighbour = (index: number): Promise<void> =>
    transport.send(SELF, message(`${prefix} ${index}`));
  const sends = [
    ...[0, 1, 2, 3, 4].map(neighbour),
    transport.send(queue, message('x')),
    ...[5, 6, 7, 8, 9].map(neighbour),
  ];
  const results = await Promise.allSettled(sends);
  return results.flatMap((result) =>
    result.status === 'rejected' && result.reason instanceof SendError ? [result.reason.code] : [],
  );
}

function message(text: string): Message {
  return { body: Buffer.from(text), headers: {} };
}

function isCode(code: SendError['code']) {
  return (error: unknown): boolean => error instanceof SendError && error.code === code;
}

function refusedWith(
  replyText: RegExp,
  { accessRefused }: Pick<SendError, 'accessRefused'>,
): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof SendError, String(error));
    assert.deepEqual([error.code, error.accessRefused], ['refused', accessRefused]);
    assert.match(error.message, replyText);
    return true;
  };
}
