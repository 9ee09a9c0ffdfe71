import assert from 'node:assert/strict';
import { consume, receive, message, textOf, flagsOf, type DefineTest } from './setup.ts';

export function settlingTests(test: DefineTest): void {
  test('an acked message is not redelivered', async ({ open, topology }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('done'));
    assert.equal(await transport.ack(await inbox.next()), true);
    await transport.close();
    const another = await open();
    await another.send(topology.actor, message('new'));
    const later = await receive(another, topology.actor);
    assert.equal(textOf(await later.next()), 'new');
  });

  test('only unacked messages are redelivered when acks are out of order', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const sent = Array.from({ length: 8 }, (_, number) => String(number));
    for (const body of sent) await transport.send(topology.actor, message(body));
    const inbox = await receive(transport, topology.actor, 8);
    const deliveries = await inbox.take(8);
    const acked = deliveries.filter((_, number) => number !== 2 && number !== 5).toReversed();
    await Promise.all(acked.map((delivery) => transport.ack(delivery)));
    await transport.close();
    const another = await open();
    await another.send(topology.actor, message('new'));
    const later = await receive(another, topology.actor, 8);
    assert.deepEqual((await later.take(3)).map(textOf).toSorted(), ['2', '5', 'new']);
  });

  test('a nacked message returns to its position with the same id and does not count as unsettled', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    for (const body of ['first', 'second', 'third'])
      await transport.send(topology.actor, message(body));
    const { inbox, subscription } = await consume(transport, topology.actor, 1);
    const first = await inbox.next();
    await subscription.cancel();
    assert.equal(await transport.nack(first), true);
    const again = await receive(transport, topology.actor, 3);
    const deliveries = await again.take(3);
    assert.deepEqual(deliveries.map(textOf), ['first', 'second', 'third']);
    assert.equal(deliveries[0]?.id, first.id);
    assert.deepEqual(flagsOf(deliveries[0]), { redelivered: true, unsettled: 0, gone: false });
  });

  test('a second ack or nack of a delivery resolves to false and has no effect', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('once'));
    const delivery = await inbox.next();
    assert.equal(await transport.ack(delivery), true);
    assert.equal(await transport.ack(delivery), false);
    assert.equal(await transport.nack(delivery), false);
    await transport.send(topology.actor, message('next'));
    assert.equal(textOf(await inbox.next()), 'next');
  });

  test('unsettled messages of a killed process are redelivered and counted', async (s) => {
    const { adapter, broker, open, topology } = s;
    if (broker.receiveOneAndDie === undefined)
      return s.t.skip('this broker cannot simulate a crash');
    const transport = await open();
    await transport.send(topology.actor, message('poison'));
    for (const times of [1, 2]) {
      await broker.receiveOneAndDie(topology);
      const { inbox, subscription } = await consume(transport, topology.actor);
      const delivery = await inbox.next();
      assert.equal(textOf(delivery), 'poison');
      assert.equal(delivery.redelivered, true);
      if (adapter.countsUnsettled) assert.equal(delivery.unsettled, times);
      await subscription.cancel();
      await transport.nack(delivery);
    }
  });
}
