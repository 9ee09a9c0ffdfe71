import assert from 'node:assert/strict';
import type { MessageProperties } from '../../../src/transport/message.ts';
import { receive, message, textOf, flagsOf, type DefineTest } from './setup.ts';

export function delayTests(test: DefineTest): void {
  test('a delayed message is delivered after its delay with its body, headers and properties', async ({
    open,
    topology,
  }) => {
    const transport = await open({ retryDelaysMs: [300] });
    const inbox = await receive(transport, topology.actor);
    const properties: MessageProperties = {
      contentType: 'application/x-python-serialize',
      contentEncoding: 'binary',
      correlationId: 'order-7',
      replyTo: 'replies',
      type: 'order',
      timestamp: 1_795_000_000,
      priority: 9,
      appId: 'shop',
      structuredHeaders: {
        list: [1, [null, { deep: true }]],
        table: { origin: 'gen1@host', at: { '!': 'timestamp', value: 1_795_000_000 } },
        bytes: Buffer.from([0, 255, 128]),
        none: null,
      },
    };
    const headers = { 'asya-attempt': 2, priority: 'high', 'asya-published-at': Date.now() };
    await transport.send(topology.actor, { body: Buffer.from('later'), headers, properties });
    const delivery = await inbox.next();
    const publishedAtMs = Date.now();
    const retried = { ...delivery.headers, 'asya-published-at': publishedAtMs };
    const { body } = delivery;
    const retry = { body, headers: retried, properties: delivery.properties };
    await transport.send(topology.actor, retry, { delayMs: 300 });
    await transport.ack(delivery);
    const again = await inbox.next();
    const waitedMs = Date.now() - publishedAtMs;
    assert.ok(waitedMs >= 300, `delivered after ${waitedMs} ms`);
    assert.equal(textOf(again), 'later');
    assert.deepEqual({ ...again.headers }, retried);
    assert.deepEqual(again.properties, properties);
    assert.deepEqual(flagsOf(again), { redelivered: false, unsettled: 0, gone: false });
  });

  test('an absent property stays absent after several retries', async ({ open, topology }) => {
    const transport = await open({ retryDelaysMs: [50] });
    const inbox = await receive(transport, topology.actor);
    const properties: MessageProperties = { correlationId: 'order-7' };
    await transport.send(topology.actor, { body: Buffer.from('x'), headers: {}, properties });
    for (const _ of [1, 2]) {
      const delivery = await inbox.next();
      assert.deepEqual(delivery.properties, properties);
      const { body, headers } = delivery;
      await transport.send(
        topology.actor,
        { body, headers, properties: delivery.properties },
        { delayMs: 50 },
      );
      await transport.ack(delivery);
    }
    assert.deepEqual((await inbox.next()).properties, properties);
  });

  test('a message with a short delay is delivered before one with a long delay', async ({
    open,
    topology,
  }) => {
    const transport = await open({ retryDelaysMs: [100, 20_000] });
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('long'), { delayMs: 20_000 });
    await transport.send(topology.actor, message('short'), { delayMs: 100 });
    await transport.send(topology.actor, message('at once'));
    // On a slow disk, the short delay may end before the last send.
    const delivered = (await inbox.take(2)).map(textOf);
    assert.deepEqual(delivered.toSorted(), ['at once', 'short']);
  });
}
