import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { planTopology } from '../../../../src/transport/rabbitmq/topology/plan.ts';
import type { Message } from '../../../../src/transport/message.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { createInbox } from '../../../kit/envelopes/inbox.ts';
import {
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
  type Overrides,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { until } from '../../../kit/processes/until.ts';

const { url } = sharedBroker();
const ports = [Number(new URL(url).port)];
const PLAN = { exchange: 'asya', queueType: 'quorum' } as const;

const STREAMS = {
  'a stream': {},
  'a stream with a retention': { 'x-max-age': '1D' },
  'a stream with arguments that a quorum queue cannot have': {
    'x-max-length-bytes': 1_000_000,
    'x-stream-max-segment-size-bytes': 500_000,
  },
};

for (const [title, extra] of Object.entries(STREAMS)) {
  test(`${title} as the actor's queue is reported and not consumed`, async (t) => {
    const { topology, open, channel } = await setup(t);
    const queue = `asya-${topology.actor}`;
    await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'stream', ...extra } });
    const { transport, states } = await open();
    const inbox = createInbox();
    const receiving = transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
    await states.until({ missing: [streamProblem(queue)] });
    assert.equal(states.all.at(-1)?.connected && states.all.at(-1)?.missing.length === 0, false);
    assert.equal((await channel.checkQueue(queue)).consumerCount, 0);
    await channel.deleteQueue(queue);
    await receiving;
    await states.until({ connected: true, missing: [] });
    await transport.send(topology.actor, message('to a queue'));
    assert.equal((await inbox.next()).body.toString(), 'to a queue');
  });
}

test('without auto-create, a stream is detected at its first delivery, which is not accepted', async (t) => {
  const { topology, open, channel } = await setup(t);
  const queue = `asya-${topology.actor}`;
  const { transport: owner, states: ownerStates } = await open();
  await ownerStates.until({ connected: true });
  await owner.close();
  for (const { name, arguments: planned } of planTopology(topology, PLAN).onDemandQueues) {
    await channel.assertQueue(name, { arguments: planned });
  }
  await channel.deleteQueue(queue);
  const stream = { arguments: { 'x-queue-type': 'stream' } };
  await channel.assertQueue(queue, stream);
  const { transport, states } = await open({ autoCreate: false });
  const inbox = createInbox();
  await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
  channel.sendToQueue(queue, Buffer.from('to a stream'));
  await states.until({ connected: true, missing: [streamProblem(queue)] });
  assert.deepEqual(inbox.all, []);
  assert.equal((await channel.checkQueue(queue)).queue, queue);
  await channel.deleteQueue(queue);
  await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } });
  await until(
    async () => (await channel.checkQueue(queue)).consumerCount === 1,
    'consumed again',
    30_000,
  );
  channel.sendToQueue(queue, Buffer.from('to a queue'));
  assert.equal((await inbox.next()).body.toString(), 'to a queue');
  await states.until({ connected: true, missing: [] });
});

test('a stream header that a producer has set is ignored', async (t) => {
  const { topology, open, channel } = await setup(t);
  const { transport, states } = await open();
  await states.until({ connected: true, missing: [] });
  const forged = { headers: { 'x-stream-offset': 7 } };
  channel.sendToQueue(`asya-${topology.actor}`, Buffer.from('forged'), forged);
  await channel.waitForConfirms();
  const inbox = createInbox();
  await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
  const delivery = await inbox.next();
  assert.equal(delivery.body.toString(), 'forged');
  assert.equal(await transport.ack(delivery), true);
  await states.until({ connected: true, missing: [] });
});

for (const type of ['fanout', 'headers']) {
  test(`an exchange of the type ${type} is reported and not used`, async (t) => {
    const { topology, open, channel } = await setup(t);
    const exchange = `exchange-${topology.actor}`;
    await channel.assertExchange(exchange, type);
    const { transport, states } = await open({ exchange, confirmTimeoutMs: 300 });
    await states.until({
      missing: [`exchange "${exchange}" is of the type ${type}; it must be topic or direct`],
    });
    await assert.rejects(transport.send(topology.happyEnd, message()), { code: 'lost' });
    await channel.deleteExchange(exchange);
    await states.until({ connected: true, missing: [] });
    await until(() => isSent(transport, topology.happyEnd), 'a message is sent');
  });
}

test('a direct exchange is used, with one warning', async (t) => {
  const { topology, open, channel } = await setup(t);
  const exchange = `exchange-${topology.actor}`;
  await channel.assertExchange(exchange, 'direct');
  const { transport, states, warnings } = await open({ exchange });
  await states.until({ connected: true, missing: [] });
  await transport.send(topology.actor, message());
  assert.equal(
    warnings.filter((line) => line.includes('exchange has other arguments; used as is')).length,
    1,
  );
});

test('a retry queue that does not return messages causes a warning before its first message', async (t) => {
  const { topology, open, channel } = await setup(t);
  const queue = `asya-${topology.actor}:retry:100`;
  await channel.assertQueue(queue, {
    arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 100 },
  });
  const { transport, states, warnings } = await open();
  await states.until({ connected: true, missing: [] });
  assert.deepEqual(warnings, []);
  for (let sent = 0; sent < 2; sent++)
    await transport.send(topology.actor, message(), { delayMs: 100 });
  assert.equal(warnings.length, 1);
  const { differences, ...warning } = JSON.parse(warnings[0] ?? '') as Record<string, unknown>;
  assert.equal(warning['queue'], queue);
  assert.equal(
    warning['msg'],
    'retry queue does not return messages to its actor; retries are lost',
  );
  assert.ok((differences as string[]).includes('x-dead-letter-exchange is absent'));
  await channel.deleteQueue(queue);
});

test('the warning about a queue with other arguments lists all differences in one line', async (t) => {
  const { topology, open, channel } = await setup(t);
  const queue = `asya-${topology.happyEnd}`;
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-message-ttl': 60_000, 'x-max-priority': 9 },
  });
  const { states, warnings } = await open();
  await states.until({ connected: true, missing: [] });
  const lines = warnings.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [line, ...others] = lines.filter(
    ({ msg }) => msg === 'queue has other arguments; used as is',
  );
  assert.equal(others.length, 0);
  assert.equal(line?.['queue'], queue);
  const differences = line['differences'] as string[];
  for (const difference of ['x-message-ttl is 60000', 'x-queue-type is classic']) {
    assert.ok(differences.includes(difference), `${difference}: ${differences.join(', ')}`);
  }
  assert.equal(warnings.join('').includes('stack'), false);
});

async function setup(t: TestContext) {
  const topology = uniqueTopology();
  return {
    topology,
    open: (overrides: Overrides = {}): Promise<OpenedTransport> =>
      openRabbitmqTransport(t, topology, { ports, ...overrides }),
    channel: await openAmqpChannel(t, url),
  };
}

function streamProblem(queue: string): string {
  return `queue "${queue}" is a stream, which cannot be consumed as an actor's queue`;
}

/** On a busy broker a message may be confirmed after the confirm timeout of the test. */
function isSent(transport: OpenedTransport['transport'], queue: string): Promise<boolean> {
  return transport.send(queue, message()).then(
    () => true,
    () => false,
  );
}

function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}
