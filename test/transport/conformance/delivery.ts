import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Headers } from '../../../src/transport/message.ts';
import { parkedQueue } from '../../../src/transport/queues.ts';
import { until } from '../../kit/processes/until.ts';
import { receive, message, textOf, flagsOf, type DefineTest } from './setup.ts';

export function deliveryTests(test: DefineTest): void {
  test('a consumer receives messages sent before and after it subscribed', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    await transport.send(topology.actor, message('before'));
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('after'));
    assert.deepEqual((await inbox.take(2)).map(textOf), ['before', 'after']);
    const [first] = inbox.all;
    assert.equal(first?.queue, topology.actor);
    assert.deepEqual(flagsOf(first), { redelivered: false, unsettled: 0, gone: false });
  });

  test('a consumer receives messages of another transport, even after that transport has closed', async ({
    open,
    topology,
  }) => {
    const sender = await open({ actor: `${topology.actor}-sender` });
    const inbox = await receive(await open(), topology.actor);
    await sender.send(topology.actor, message('to a consumer'));
    assert.equal(textOf(await inbox.next()), 'to a consumer');
    await sender.send(topology.happyEnd, message('without a consumer'));
    await sender.close();
    const later = await receive(await open(), topology.happyEnd);
    assert.equal(textOf(await later.next()), 'without a consumer');
  });

  test('the depth of a queue counts ready messages, but neither unsettled nor delayed ones', async ({
    open,
    topology,
  }) => {
    const transport = await open({ retryDelaysMs: [60_000] });
    const isReady = (queue: string, count: number): Promise<void> =>
      until(async () => (await transport.depth(queue)) === count, `${count} are ready`);
    await isReady(topology.actor, 0);
    for (let sent = 0; sent < 4; sent++) await transport.send(topology.actor, message());
    await transport.send(topology.actor, message(), { delayMs: 60_000 });
    const inbox = await receive(transport, topology.actor, 1);
    const [first] = await inbox.take(1);
    await isReady(topology.actor, 3);
    // The depth of an undeclared queue has no side effect.
    await transport.depth(`undeclared-${topology.actor}`);
    await isReady(topology.actor, 3);
    if (first !== undefined) await transport.ack(first);
  });

  test('a message is delivered from its own queue only', async ({ open, topology }) => {
    const transport = await open();
    const { actor, happyEnd, errorEnd } = topology;
    const queues = [actor, happyEnd, errorEnd, parkedQueue(errorEnd)];
    for (const queue of queues) await transport.send(queue, message(`to ${queue}`));
    for (const queue of queues) {
      const inbox = await receive(transport, queue);
      assert.equal(textOf(await inbox.next()), `to ${queue}`);
      await transport.send(queue, message('last'));
      assert.equal(textOf(await inbox.next()), 'last', 'no other message is delivered');
    }
  });

  test('messages are delivered in order at a prefetch of 1', async ({ open, topology }) => {
    const transport = await open();
    const sent = Array.from({ length: 30 }, (_, index) => `message ${index}`);
    for (const body of sent) await transport.send(topology.actor, message(body));
    const inbox = await receive(transport, topology.actor, 1);
    const received: string[] = [];
    while (received.length < sent.length) {
      const delivery = await inbox.next();
      received.push(textOf(delivery));
      assert.equal(await transport.ack(delivery), true);
    }
    assert.deepEqual(received, sent);
  });

  test('unsettled deliveries never exceed the prefetch, and other consumers receive the rest', async ({
    open,
    topology,
  }) => {
    const [busy, idle] = [await open(), await open()];
    const busyInbox = await receive(busy, topology.actor, 3);
    await Promise.all(Array.from({ length: 10 }, () => idle.send(topology.actor, message())));
    const held = await busyInbox.take(3);
    const rest = await receive(idle, topology.actor, 20);
    const others = await rest.take(7);
    assert.equal(busyInbox.all.length, 3);
    await Promise.all(others.map((delivery) => idle.ack(delivery)));
    await Promise.all(held.map((delivery) => busy.ack(delivery)));
    assert.equal(new Set([...held, ...others].map(({ id }) => id)).size, 10);
  });

  test('a body of 10 MB, an empty body and a binary body are delivered unchanged', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    for (const body of [
      randomBytes(10_000_000),
      Buffer.alloc(0),
      Buffer.from([0, 255, 128, 13, 10]),
    ]) {
      await transport.send(topology.actor, { body, headers: {} });
      const delivery = await inbox.next();
      assert.ok(delivery.body.equals(body), `${body.length} bytes`);
      await transport.ack(delivery);
    }
  });

  test('a sender may overwrite a body after the send has resolved', async ({ open, topology }) => {
    const transport = await open();
    const body = Buffer.alloc(256 * 1024, 'a');
    await transport.send(topology.actor, { body, headers: {} });
    body.fill('b');
    const inbox = await receive(transport, topology.actor);
    const [delivery] = await inbox.take(1);
    assert.ok(delivery?.body.equals(Buffer.alloc(256 * 1024, 'a')));
  });

  test('a redelivered body is unchanged after the consumer has overwritten the first one', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    await transport.send(topology.actor, { body: Buffer.alloc(256 * 1024, 'a'), headers: {} });
    const inbox = await receive(transport, topology.actor);
    const [first] = await inbox.take(1);
    assert.ok(first !== undefined);
    first.body.fill('b');
    await transport.nack(first);
    const [second] = await inbox.take(1);
    assert.ok(second?.body.equals(Buffer.alloc(256 * 1024, 'a')));
  });

  test('headers are delivered with their types, and the headers of the sender are not modified', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    const headers: Headers = Object.freeze({
      text: 'Grüße, 世界',
      empty: '',
      count: 3,
      negative: -1,
      time: 1_795_000_000_123,
      fraction: 0.5,
      yes: true,
      no: false,
    });
    await transport.send(topology.actor, { body: Buffer.from('x'), headers });
    assert.deepEqual({ ...(await inbox.next()).headers }, { ...headers });
    assert.equal(Object.keys(headers).length, 8);
  });

  test('a message has no headers of the previous message', async ({ open, topology }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    for (const headers of [{ one: 1, both: 1 }, { both: 2 }, {}] as Headers[]) {
      await transport.send(topology.actor, { body: Buffer.from('x'), headers });
      assert.deepEqual({ ...(await inbox.next()).headers }, headers);
    }
  });

  test('each publish has a unique message id', async ({ open, topology }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    const same = message('the same');
    await transport.send(topology.actor, same);
    await transport.send(topology.actor, same);
    const [one, two] = await inbox.take(2);
    assert.ok(one?.id && two?.id);
    assert.notEqual(one.id, two.id);
    await transport.send(topology.actor, { ...one, body: one.body });
    assert.notEqual((await inbox.next()).id, one.id, 'a resent message has a new id');
  });
}
