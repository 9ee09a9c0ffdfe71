import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { planTopology } from '../../../../src/transport/rabbitmq/topology/plan.ts';
import type { Message } from '../../../../src/transport/message.ts';
import type { Topology } from '../../../../src/transport/queues.ts';
import { SendError } from '../../../../src/transport/transport.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { createInbox } from '../../../kit/envelopes/inbox.ts';
import { openProxy } from '../../../kit/brokers/proxy.ts';
import { queueArguments, rabbitmqctl, type Rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import {
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
  type Overrides,
} from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { until } from '../../../kit/processes/until.ts';

const { url, control } = sharedBroker();
const port = Number(new URL(url).port);
const needsControl = { skip: control === undefined && 'rabbitmqctl is not at hand' };

test(
  'declares every queue with the arguments of the plan, retry and parked queues when first needed',
  needsControl,
  async (t) => {
    const { open, topology, rabbitmq } = setup(t);
    const { transport, states, warnings } = await connected(open());
    const { queues, onDemandQueues: onDemand } = planTopology(topology, {
      exchange: 'asya',
      queueType: 'quorum',
    });
    const atStart = await queueArguments(rabbitmq());
    for (const { name, arguments: planned } of queues)
      assert.deepEqual(atStart.get(name), planned, name);
    for (const { name } of onDemand) assert.equal(atStart.has(name), false, name);
    await Promise.all([
      transport.send(topology.actor, message(), { delayMs: 100 }),
      transport.send(topology.actor, message(), { delayMs: 100 }),
      transport.send(`${topology.errorEnd}:parked`, message()),
    ]);
    const afterwards = await queueArguments(rabbitmq());
    for (const { name, arguments: planned } of onDemand) {
      assert.deepEqual(afterwards.get(name), planned, name);
    }
    assert.deepEqual(states.all.at(-1), { connected: true, blocked: false, missing: [] });
    assert.deepEqual(warnings, []);
  },
);

test('a parked queue that is to be consumed is declared', async (t) => {
  const { open, topology } = setup(t);
  const { transport } = await connected(open());
  const parked = `${topology.errorEnd}:parked`;
  const inbox = createInbox();
  await transport.receive(parked, inbox.onDelivery, { prefetch: 1 });
  await transport.send(parked, message());
  await inbox.next();
});

test('six that start at once declare the same queues once, and all can work', async (t) => {
  const { open, topology } = setup(t);
  const all = await Promise.all(Array.from({ length: 6 }, () => connected(open())));
  const inbox = createInbox();
  await all[0]?.transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
  await Promise.all(all.map(({ transport }) => transport.send(topology.actor, message())));
  await inbox.take(6);
  for (const { warnings } of all) assert.deepEqual(warnings.filter(isAboutArguments), []);
});

test('where nothing may be created, names what is missing and looks for it again', async (t) => {
  const { open, topology, channel } = setup(t);
  const exchange = `exchange-${topology.actor}`;
  const passive = await open({ exchange, autoCreate: false });
  const queues = queuesOf(topology).map((name) => `queue "${name}" does not exist`);
  const { connected: isConnected } = await passive.states.until({
    missing: [`exchange "${exchange}" does not exist`, ...queues],
  });
  assert.equal(typeof isConnected, 'boolean');
  const owner = await connected(open({ exchange }));
  await owner.transport.send(topology.actor, message(), { delayMs: 100 });
  await owner.transport.send(`${topology.errorEnd}:parked`, message());
  await passive.states.until({ connected: true, missing: [] });
  const inbox = createInbox();
  await passive.transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
  await owner.transport.send(topology.actor, message());
  await inbox.next();
  await (await channel()).checkExchange(exchange);
});

test('where nothing may be created, names what is deleted later, also a binding that a publish needs', async (t) => {
  const { open, topology, channel } = setup(t);
  const exchange = `exchange-${topology.actor}`;
  const retryQueue = `asya-${topology.actor}:retry:100`;
  const owner = await connected(open({ exchange }));
  await owner.transport.send(topology.actor, message(), { delayMs: 100 });
  await owner.transport.send(`${topology.errorEnd}:parked`, message());
  await owner.transport.close();
  const { transport, states } = await connected(
    open({ exchange, autoCreate: false, checkIntervalMs: 100 }),
  );
  const amqp = await channel();

  await amqp.deleteQueue(retryQueue);
  await states.until({ missing: [`queue "${retryQueue}" does not exist`] });
  await amqp.assertQueue(retryQueue);
  await states.until({ missing: [] });

  const end = [`asya-${topology.happyEnd}`, exchange, topology.happyEnd] as const;
  await amqp.unbindQueue(...end);
  await assert.rejects(transport.send(topology.happyEnd, message()), isSendError('unroutable'));
  await states.until({
    missing: [`no queue bound for "${topology.happyEnd}" at exchange "${exchange}"`],
  });
  await amqp.bindQueue(...end);
  await transport.send(topology.happyEnd, message());
  await states.until({ missing: [] });

  await amqp.deleteQueue(`asya-${topology.actor}`);
  await states.until({ missing: [`queue "asya-${topology.actor}" does not exist`] });
  await amqp.deleteExchange(exchange);
  await states.until({
    missing: [
      `exchange "${exchange}" does not exist`,
      `queue "asya-${topology.actor}" does not exist`,
    ],
  });
  await amqp.deleteQueue(retryQueue);
});

test('where nothing may be created, nothing is', async (t) => {
  const { open, topology, channel } = setup(t);
  const { transport, states } = await open({
    exchange: `exchange-${topology.actor}`,
    autoCreate: false,
    confirmTimeoutMs: 100,
  });
  await states.until({ connected: true });
  await assert.rejects(transport.send(topology.actor, message()), isSendError('lost'));
  await assert.rejects((await channel()).checkQueue(`asya-${topology.actor}`), { code: 404 });
});

test('a queue that is to be consumed and does not exist is named, also to a command that declares nothing', async (t) => {
  const { topology, channel } = setup(t);
  const { transport, states, warnings } = await openRabbitmqTransport(t, undefined, {
    ports: [port],
  });
  const inbox = createInbox();
  const received = transport.receive(topology.errorEnd, inbox.onDelivery, { prefetch: 1 });
  const queue = `asya-${topology.errorEnd}`;
  await states.until({ connected: true, missing: [`queue "${queue}" does not exist`] });
  await until(() => warnings.length > 0, 'a warning');
  const { msg, reason } = JSON.parse(warnings[0] ?? '') as Record<string, unknown>;
  assert.equal(msg, 'consumer failed; consuming again');
  assert.equal(reason, `NOT_FOUND - no queue '${queue}' in vhost '/'`);
  const amqp = await channel();
  await amqp.assertQueue(queue);
  await received;
  assert.deepEqual(states.all.at(-1)?.missing, []);
  amqp.sendToQueue(queue, Buffer.from('{}'));
  assert.equal(await transport.ack(await inbox.next()), true);
});

test('a classic queue that somebody else has declared is used as it is, with a warning', async (t) => {
  const { open, topology, channel } = setup(t);
  const queue = `asya-${topology.actor}`;
  const amqp = await channel();
  await amqp.assertQueue(queue);
  const { transport, warnings } = await connected(open());
  assert.equal(warnings.filter(isAboutArguments).length, 1);
  assert.match(
    warnings.join(''),
    /"queue":"asya-infer-.*","msg":"classic queue does not count redeliveries/,
  );

  const lie = { headers: { 'x-delivery-count': 7 }, messageId: 'm-1' };
  amqp.sendToQueue(queue, Buffer.from('{}'), lie);
  const first = createInbox();
  const subscription = await transport.receive(topology.actor, first.onDelivery, { prefetch: 1 });
  const delivery = await first.next();
  await subscription.cancel();
  await transport.nack(delivery);
  const second = createInbox();
  await transport.receive(topology.actor, second.onDelivery, { prefetch: 1 });
  const again = await second.next();
  assert.equal(again.redelivered, true);
  assert.equal(again.unsettled, 0, 'a producer has sent that count');
  await transport.send(topology.actor, message());
  await transport.ack(again);
  await transport.ack(await second.next());
});

test('a classic own queue can be asked for, and is warned of', needsControl, async (t) => {
  const { open, topology, rabbitmq } = setup(t);
  const { transport, warnings } = await connected(open({ queueType: 'classic' }));
  assert.match(warnings.join(''), /classic queue does not count redeliveries/);
  const found = await queueArguments(rabbitmq());
  assert.equal(found.get(`asya-${topology.actor}`)?.['x-queue-type'], 'classic');
  const again = await connected(open({ queueType: 'quorum' }));
  assert.match(again.warnings.join(''), /classic queue does not count redeliveries/);
  const inbox = createInbox();
  await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
  await transport.send(topology.actor, message(), { delayMs: 100 });
  await transport.ack(await inbox.next());
});

test('a queue with other arguments is warned of once, however often the connection is lost', async (t) => {
  const { open, topology, channel } = setup(t);
  const amqp = await channel();
  await amqp.assertQueue(`asya-${topology.happyEnd}`, { arguments: { 'x-queue-type': 'quorum' } });
  const proxy = await openProxy(port);
  t.after(() => proxy.close());
  const { transport, states, warnings } = await connected(open({ ports: [proxy.port] }));
  for (let losses = 0; losses < 2; losses++) {
    proxy.cut();
    await states.until({ connected: false });
    await states.until({ connected: true });
  }
  await transport.send(topology.happyEnd, message());
  assert.equal(warnings.filter(isAboutArguments).length, 1);
});

test(
  'a policy that limits the length makes a send unconfirmed, and drops nothing',
  needsControl,
  async (t) => {
    const { open, topology, policy } = setup(t);
    const { transport } = await connected(open());
    await policy(`^asya-${topology.actor}$`, { 'max-length': 2 });
    const bodies: string[] = [];
    const refused = async (): Promise<void> => {
      // A quorum queue notices that it is full one message late.
      for (let index = 0; index < 20; index++) {
        await transport.send(topology.actor, message(`${index}`));
        bodies.push(`${index}`);
      }
    };
    await assert.rejects(refused(), isSendError('unconfirmed'));
    const inbox = createInbox();
    await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 20 });
    const deliveries = await inbox.take(bodies.length);
    assert.deepEqual(
      deliveries.map(({ body }) => body.toString()),
      bodies,
    );
  },
);

test(
  'what a policy puts out of the queue for its redeliveries comes to error-end',
  needsControl,
  async (t) => {
    const { open, topology, policy } = setup(t);
    const { transport } = await connected(open());
    await policy(`^asya-${topology.actor}$`, { 'delivery-limit': 1 });
    const inbox = createInbox();
    await transport.receive(topology.errorEnd, inbox.onDelivery, { prefetch: 1 });
    await transport.send(topology.actor, message('poison'));
    for (let deaths = 0; deaths < 2; deaths++) {
      const proxy = await openProxy(port);
      const victim = await open({ ports: [proxy.port] });
      const taken = createInbox();
      await victim.transport.receive(topology.actor, taken.onDelivery, { prefetch: 1 });
      await taken.next();
      await proxy.close();
      await victim.transport.close();
    }
    const delivery = await inbox.next();
    assert.equal(delivery.body.toString(), 'poison');
    assert.deepEqual(delivery.headers, {});
  },
);

function setup(t: TestContext) {
  const topology = uniqueTopology();
  return {
    topology,
    open: (overrides: Overrides = {}) =>
      openRabbitmqTransport(t, topology, { ports: [port], ...overrides }),
    channel: () => openAmqpChannel(t, url),
    rabbitmq,
    policy: async (pattern: string, definition: object) => {
      const name = topology.actor;
      await rabbitmqctl(
        rabbitmq(),
        'set_policy',
        name,
        pattern,
        JSON.stringify(definition),
        '--apply-to',
        'queues',
      );
      t.after(() => rabbitmqctl(rabbitmq(), 'clear_policy', name));
    },
  };
}

function rabbitmq(): Rabbitmqctl {
  assert.ok(control, 'rabbitmqctl is not at hand');
  return control;
}

async function connected(opening: Promise<OpenedTransport>): Promise<OpenedTransport> {
  const opened = await opening;
  await opened.states.until({ connected: true, missing: [] });
  return opened;
}

function queuesOf(topology: Topology): string[] {
  const { queues, onDemandQueues: onDemand } = planTopology(topology, {
    exchange: 'asya',
    queueType: 'quorum',
  });
  return [...queues, ...onDemand].map(({ name }) => name);
}

function isAboutArguments(warning: string): boolean {
  return warning.includes('queue has other arguments; used as it is');
}

function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}

function isSendError(code: SendError['code']) {
  return (error: unknown): boolean => error instanceof SendError && error.code === code;
}
