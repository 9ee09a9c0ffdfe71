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
const needsControl = { skip: control === undefined && 'rabbitmqctl is not available' };

test(
  'every queue is declared as planned, retry and parked queues before their first message',
  needsControl,
  async (t) => {
    const { open, topology, rabbitmq } = setup(t);
    const { transport, states, warnings } = await connected(open());
    const { queues, onDemandQueues } = planTopology(topology, {
      exchange: 'asya',
      queueType: 'quorum',
    });
    const atStart = await queueArguments(rabbitmq());
    for (const { name, arguments: planned } of queues)
      assert.deepEqual(atStart.get(name), planned, name);
    for (const { name } of onDemandQueues) assert.equal(atStart.has(name), false, name);
    await Promise.all([
      transport.send(topology.actor, message(), { delayMs: 100 }),
      transport.send(topology.actor, message(), { delayMs: 100 }),
      transport.send(`${topology.errorEnd}:parked`, message()),
    ]);
    const afterwards = await queueArguments(rabbitmq());
    for (const { name, arguments: planned } of onDemandQueues) {
      assert.deepEqual(afterwards.get(name), planned, name);
    }
    assert.deepEqual(states.all.at(-1), { connected: true, blocked: false, missing: [] });
    assert.deepEqual(warnings, []);
  },
);

test('a parked queue is declared before it is consumed', async (t) => {
  const { open, topology } = setup(t);
  const { transport } = await connected(open());
  const parked = `${topology.errorEnd}:parked`;
  const inbox = createInbox();
  await transport.receive(parked, inbox.onDelivery, { prefetch: 1 });
  await transport.send(parked, message());
  await inbox.next();
});

test('six transports that start together declare shared queues without errors', async (t) => {
  const { open, topology } = setup(t);
  const all = await Promise.all(Array.from({ length: 6 }, () => connected(open())));
  const inbox = createInbox();
  await all[0]?.transport.receive(topology.actor, inbox.onDelivery, { prefetch: 10 });
  await Promise.all(all.map(({ transport }) => transport.send(topology.actor, message())));
  await inbox.take(6);
  for (const { warnings } of all) assert.deepEqual(warnings.filter(isAboutArguments), []);
});

test('without auto-create, missing objects are reported until they exist', async (t) => {
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

test('without auto-create, deleted objects and unbound routing keys are reported', async (t) => {
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

test('without auto-create, nothing is declared', async (t) => {
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

test('a command without a topology reports a missing queue and consumes it once it exists', async (t) => {
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

test('an existing classic queue is used with a warning, and its delivery counts are ignored', async (t) => {
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

  const forged = { headers: { 'x-delivery-count': 7 }, messageId: 'm-1' };
  amqp.sendToQueue(queue, Buffer.from('{}'), forged);
  const first = createInbox();
  const subscription = await transport.receive(topology.actor, first.onDelivery, { prefetch: 1 });
  const delivery = await first.next();
  await subscription.cancel();
  await transport.nack(delivery);
  const second = createInbox();
  await transport.receive(topology.actor, second.onDelivery, { prefetch: 1 });
  const again = await second.next();
  assert.equal(again.redelivered, true);
  assert.equal(again.unsettled, 0, 'the count was set by the producer');
  await transport.send(topology.actor, message());
  await transport.ack(again);
  await transport.ack(await second.next());
});

test(
  'a classic queue can be configured for an actor and causes a warning',
  needsControl,
  async (t) => {
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
  },
);

test('a queue with other arguments causes one warning, also after reconnects', async (t) => {
  const { open, topology, channel } = setup(t);
  const amqp = await channel();
  await amqp.assertQueue(`asya-${topology.happyEnd}`, { arguments: { 'x-queue-type': 'quorum' } });
  const proxy = await openProxy(port);
  t.after(() => proxy.close());
  const { transport, states, warnings } = await connected(open({ ports: [proxy.port] }));
  for (let losses = 0; losses < 2; losses++) {
    proxy.cutConnections();
    await states.until({ connected: false });
    await states.until({ connected: true });
  }
  await transport.send(topology.happyEnd, message());
  assert.equal(warnings.filter(isAboutArguments).length, 1);
});

test(
  'a length limit of a policy makes a send unconfirmed and drops no message',
  needsControl,
  async (t) => {
    const { open, topology, policy } = setup(t);
    const { transport } = await connected(open());
    await policy(`^asya-${topology.actor}$`, { 'max-length': 2 });
    const bodies: string[] = [];
    const refused = async (): Promise<void> => {
      // A quorum queue accepts one message over its limit.
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
  'a message over the delivery limit of a policy is dead-lettered to error-end',
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
      const received = createInbox();
      await victim.transport.receive(topology.actor, received.onDelivery, { prefetch: 1 });
      await received.next();
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
  assert.ok(control, 'rabbitmqctl is not available');
  return control;
}

async function connected(opening: Promise<OpenedTransport>): Promise<OpenedTransport> {
  const opened = await opening;
  await opened.states.until({ connected: true, missing: [] });
  return opened;
}

function queuesOf(topology: Topology): string[] {
  const { queues, onDemandQueues } = planTopology(topology, {
    exchange: 'asya',
    queueType: 'quorum',
  });
  return [...queues, ...onDemandQueues].map(({ name }) => name);
}

function isAboutArguments(warning: string): boolean {
  return warning.includes('queue has other arguments; used as is');
}

function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}

function isSendError(code: SendError['code']) {
  return (error: unknown): boolean => error instanceof SendError && error.code === code;
}
