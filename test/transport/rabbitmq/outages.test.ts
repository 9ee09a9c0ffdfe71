import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import test, { after, before, type TestContext } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../../src/transport/message.ts';
import { SendError } from '../../../src/transport/transport.ts';
import { openAmqpChannel } from '../../kit/brokers/amqpChannel.ts';
import { openBroker, type Broker } from '../../kit/brokers/broker.ts';
import { createInbox, type Inbox } from '../../kit/envelopes/inbox.ts';
import { openProxy, type Proxy } from '../../kit/brokers/proxy.ts';
import { closeConnections, setMemoryAlarm } from '../../kit/brokers/rabbitmqctl.ts';
import {
  uniqueTopology,
  openRabbitmqTransport,
  type OpenedTransport,
  type Overrides,
} from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';

// The tests stop, block and kill this broker, so it is not shared with other files.
let broker: Broker;
before(async () => {
  broker = await openBroker({ series: sharedBroker().series });
});
after(() => broker.close());

test('connections closed by an operator are opened again, and unsettled messages are redelivered', async (t) => {
  const { open, receive, topology } = setup(t);
  const { transport, states } = await open();
  const inbox = await receive();
  await transport.send(topology.actor, message('unsettled'));
  const delivery = await inbox.next();
  // The transport reconnects before the command ends.
  const lost = states.until({ connected: false });
  await closeConnections(broker.control);
  await lost;
  const again = await inbox.next();
  assert.equal(again.id, delivery.id);
  assert.equal(again.redelivered, true);
  assert.equal(again.unsettled, 1);
  assert.equal(await transport.ack(delivery), false);
  assert.equal(await transport.ack(again), true);
  await states.until({ connected: true });
  await transport.send(topology.actor, message('after'));
  assert.equal(textOf(await inbox.next()), 'after');
});

test('give-backs are counted per message, not per message id', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const { transport } = await open();
  const queue = `asya-${topology.actor}`;
  const producer = await channel();
  for (const text of ['one', 'two'])
    producer.sendToQueue(queue, Buffer.from(text), { messageId: 'entity-1' });
  await producer.waitForConfirms();
  const inbox = await receive();
  const [one] = await inbox.take(2);
  assert.ok(one);
  for (let n = 0, again = one; n < 3; n++) {
    await transport.nack(again);
    again = await inbox.next();
    assert.deepEqual([textOf(again), again.unsettled], ['one', 0]);
  }
  await closeConnections(broker.control);
  const both = (await inbox.take(2)).map(
    (delivery) => `${textOf(delivery)}: ${delivery.unsettled}`,
  );
  assert.deepEqual(both.toSorted(), ['one: 1', 'two: 1']);
});

/**
 * RabbitMQ 4.3.6 may lose the messages of a queue when it is killed some milliseconds after the
 * queue was declared.
 */
async function declareAndRestart({ open }: ReturnType<typeof setup>): Promise<void> {
  const { transport } = await open();
  await transport.close();
  await broker.stop();
  await broker.start();
}

for (const end of ['stop', 'kill'] as const) {
  test(`confirmed messages survive a broker's ${end}; sends wait until it has restarted`, async (t) => {
    const rig = setup(t);
    const { open, receive, topology } = rig;
    await declareAndRestart(rig);
    const { transport, states } = await open({ confirmTimeoutMs: 90_000 });
    const inbox = await receive();
    await transport.send(topology.actor, message('before'));
    const before = await inbox.next();
    await broker[end]();
    await states.until({ connected: false });
    // Both connections notice the loss in the same turn of the event loop.
    await setImmediate();
    const sent = transport.send(topology.actor, message('meanwhile'));
    await broker.start();
    await sent;
    assert.equal(before.gone, true);
    assert.equal(await transport.nack(before), false);
    const texts = (await inbox.take(2)).map(textOf);
    assert.deepEqual(texts.toSorted(), ['before', 'meanwhile']);
  });
}

test('a transport opens without a broker and consumes once it is connected', async (t) => {
  const { topology } = setup(t);
  const closed = await openProxy(broker.port);
  await closed.close();
  const { transport, states } = await openRabbitmqTransport(t, topology, {
    ports: [closed.port],
    confirmTimeoutMs: 200,
  });
  assert.deepEqual(states.all.at(-1), { connected: false, blocked: false, missing: [] });
  await assert.rejects(transport.send(topology.actor, message()), isSendError('lost'));
  const inbox = createInbox();
  const receiving = transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
  const late = await openProxy(broker.port, closed.port);
  t.after(() => late.close());
  await receiving;
  await states.until({ connected: true });
  await sendUntilConfirmed(transport, topology.actor, 'connected');
  assert.equal(textOf(await inbox.next()), 'connected');
});

test('the transport connects to the first broker that answers, also after a lost connection', async (t) => {
  const { open, topology, proxies } = setup(t);
  const [first, second] = [await proxies(), await proxies()];
  await first.close();
  const { transport, states } = await open({ ports: [first.port, second.port] });
  await transport.send(topology.actor, message());
  second.cutConnections();
  await states.until({ connected: false });
  await states.until({ connected: true });
  await transport.send(topology.actor, message());
});

test('an unresponsive broker is skipped after a timeout', async (t) => {
  const { open, topology } = setup(t);
  const unresponsive = createServer(() => {});
  await once(unresponsive.listen(0, '127.0.0.1'), 'listening');
  t.after(() => unresponsive.close());
  const port = (unresponsive.address() as AddressInfo).port;
  const { transport } = await open({
    ports: [port, broker.port],
    connectTimeoutMs: 2_000,
    confirmTimeoutMs: 60_000,
  });
  await transport.send(topology.actor, message());
});

test('a blocked publisher waits without a timeout while deliveries are settled', async (t) => {
  const { open, receive, topology } = setup(t);
  // Enough for a slow disk, and shorter than the alarm.
  const { transport, states } = await open({ confirmTimeoutMs: 2_000 });
  const inbox = await receive({ prefetch: 2 });
  for (const text of ['acked', 'nacked']) await transport.send(topology.actor, message(text));
  const [acked, nacked] = await inbox.take(2);
  assert.ok(acked && nacked);
  await setMemoryAlarm(broker.control, true);
  t.after(() => setMemoryAlarm(broker.control, false));
  const sends = ['one', 'two'].map((text) => transport.send(topology.happyEnd, message(text)));
  await states.until({ blocked: true });
  sends.push(transport.send(topology.happyEnd, message('three')));
  assert.equal(await transport.ack(acked), true);
  assert.equal(await transport.nack(nacked), true);
  const again = await inbox.next();
  assert.equal(again.id, nacked.id);
  await transport.ack(again);
  await sleep(2_500); // more than the confirm timeout
  await setMemoryAlarm(broker.control, false);
  await Promise.all(sends);
  await states.until({ blocked: false });
  const channel = await openAmqpChannel(t, broker.url);
  const { messageCount } = await channel.checkQueue(`asya-${topology.happyEnd}`);
  assert.equal(messageCount, 3, 'each was published once');
});

test('closing a blocked publisher fails its pending sends as lost', async (t) => {
  const { open, topology } = setup(t);
  const { transport, states } = await open();
  await setMemoryAlarm(broker.control, true);
  t.after(() => setMemoryAlarm(broker.control, false));
  const sends = [
    transport.send(topology.actor, message()),
    transport.send(topology.actor, message()),
  ];
  await states.until({ blocked: true });
  sends.push(transport.send(topology.actor, message()));
  const results = Promise.allSettled(sends);
  await transport.close();
  for (const result of await results) {
    assert.ok(result.status === 'rejected' && isSendError('lost')(result.reason));
  }
});

test('sends fail as unconfirmed after the confirm timeout, and the transport reconnects', async (t) => {
  const { open, topology, proxies } = setup(t);
  const proxy = await proxies();
  const { transport, states } = await open({ ports: [proxy.port], confirmTimeoutMs: 300 });
  await sendUntilConfirmed(transport, topology.actor);
  proxy.stopForwarding();
  const sends = [
    transport.send(topology.actor, message()),
    transport.send(topology.actor, message()),
  ];
  await Promise.all(sends.map((sent) => assert.rejects(sent, isSendError('unconfirmed'))));
  await states.until({ connected: true });
  await sendUntilConfirmed(transport, topology.actor);
});

test('a deleted queue is declared and consumed again', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const { transport, warnings } = await open();
  const inbox = await receive();
  await (await channel()).deleteQueue(`asya-${topology.actor}`);
  await sendUntilConfirmed(transport, topology.actor, 'again');
  assert.equal(textOf(await inbox.next()), 'again');
  assert.match(warnings.join(''), /"msg":"consumer cancelled by the broker; consuming again"/);
});

test('unsettled deliveries of a deleted queue can be acked, and a nack publishes them again', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const { transport } = await open();
  const inbox = await receive({ prefetch: 2 });
  await transport.send(topology.actor, message('finished'));
  await transport.send(topology.actor, {
    ...message('given back'),
    headers: { 'asya-attempt': 3 },
  });
  const [finished, givenBack] = await inbox.take(2);
  assert.ok(finished && givenBack);
  await (await channel()).deleteQueue(`asya-${topology.actor}`);
  await sendUntilConfirmed(transport, topology.actor, 'after');
  assert.equal(textOf(await inbox.next()), 'after');
  assert.deepEqual([finished.gone, givenBack.gone], [false, false]);
  assert.equal(await transport.ack(finished), true);
  assert.equal(await transport.nack(givenBack), true);
  assert.equal(await transport.nack(givenBack), false);
  const again = await inbox.next();
  assert.equal(textOf(again), 'given back');
  assert.deepEqual({ ...again.headers }, { 'asya-attempt': 3 });
});

test('a queue that was deleted and declared again at once is consumed', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const { transport } = await open();
  const inbox = await receive();
  const amqp = await channel();
  // Without jitter the queue is declared again within some 30 ms. The broker then attaches the old
  // consumer to the new queue, usually with its delivered messages.
  t.mock.method(Math, 'random', () => 0);
  for (const round of ['first', 'second', 'third']) {
    await transport.send(topology.actor, message(`${round}, unsettled`));
    const unsettled = await inbox.next();
    await amqp.deleteQueue(`asya-${topology.actor}`);
    await sendUntilConfirmed(transport, topology.actor, `${round}, after`);
    assert.equal(await transport.ack(unsettled), true);
    const after = await inbox.next();
    assert.equal(textOf(after), `${round}, after`);
    assert.equal(await transport.ack(after), true);
  }
});

test('a deleted retry or parked queue is declared again by the next send to it', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const { transport, states, warnings } = await open();
  const inbox = await receive();
  const amqp = await channel();
  const parked = `${topology.errorEnd}:parked`;
  for (const round of ['first', 'second']) {
    await transport.send(topology.actor, message(round), { delayMs: 100 });
    assert.equal(textOf(await inbox.next()), round);
    await transport.send(parked, message());
    for (const queue of [`${topology.actor}:retry:100`, parked])
      await amqp.deleteQueue(`asya-${queue}`);
  }
  assert.deepEqual(states.all.at(-1), { connected: true, blocked: false, missing: [] });
  assert.deepEqual(warnings, []);
});

test('an unroutable publish causes the queues of the ends to be declared again', async (t) => {
  const { open, topology, channel } = setup(t);
  const { transport } = await open();
  const amqp = await channel();
  for (const end of [topology.happyEnd, topology.errorEnd]) await amqp.deleteQueue(`asya-${end}`);
  await assert.rejects(transport.send(topology.errorEnd, message()), isSendError('unroutable'));
  for (const end of [topology.errorEnd, topology.happyEnd])
    await sendUntilConfirmed(transport, end);
});

test('a deleted exchange is declared again', async (t) => {
  const { open, receive, topology, channel } = setup(t);
  const exchange = `exchange-${topology.actor}`;
  const { transport } = await open({ exchange });
  const inbox = await receive();
  await (await channel()).deleteExchange(exchange);
  await assert.rejects(transport.send(topology.actor, message()), isSendError('lost'));
  await sendUntilConfirmed(transport, topology.actor, 'again');
  assert.equal(textOf(await inbox.next()), 'again');
});

function setup(t: TestContext) {
  const topology = uniqueTopology();
  let opened: OpenedTransport | undefined;
  return {
    topology,
    /** Opens a transport and waits until it is connected. */
    open: async (overrides: Overrides = {}): Promise<OpenedTransport> => {
      opened = await openRabbitmqTransport(t, topology, { ports: [broker.port], ...overrides });
      await opened.states.until({ connected: true, missing: [] });
      return opened;
    },
    receive: async ({ prefetch = 10 } = {}): Promise<Inbox> => {
      const inbox = createInbox();
      await opened?.transport.receive(topology.actor, inbox.onDelivery, { prefetch });
      return inbox;
    },
    channel: () => openAmqpChannel(t, broker.url),
    proxies: async (): Promise<Proxy> => {
      const proxy = await openProxy(broker.port);
      t.after(() => proxy.close());
      return proxy;
    },
  };
}

/** Repeats a send until it succeeds, like a sidecar that holds a delivery. */
async function sendUntilConfirmed(
  transport: OpenedTransport['transport'],
  queue: string,
  text = 'x',
  delayMs = 0,
): Promise<void> {
  for (;;) {
    try {
      return await transport.send(queue, message(text), { delayMs });
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      await sleep(10);
    }
  }
}

function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}

function textOf({ body }: { readonly body: Buffer }): string {
  return body.toString();
}

function isSendError(code: SendError['code']) {
  return (error: unknown): boolean => error instanceof SendError && error.code === code;
}
