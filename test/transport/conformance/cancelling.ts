import assert from 'node:assert/strict';
import type { Delivery } from '../../../src/transport/transport.ts';
import { consume, receive, message, textOf, type DefineTest } from './setup.ts';

export function cancelTests(test: DefineTest): void {
  test('no delivery follows a resolved cancel, and no message is lost', async ({
    open,
    topology,
  }) => {
    const [transport, another] = [await open(), await open()];
    const total = 60;
    await Promise.all(
      Array.from({ length: total }, (_, index) =>
        transport.send(topology.actor, message(`${index}`)),
      ),
    );
    const kept: Delivery[] = [];
    for (const prefetch of [1, 4, 16]) {
      const { inbox, subscription } = await consume(transport, topology.actor, prefetch);
      await inbox.next();
      await subscription.cancel();
      kept.push(...inbox.all);
    }
    const rest = await receive(another, topology.actor, total);
    await rest.take(total - kept.length);
    assert.equal(new Set([...kept, ...rest.all].map(textOf)).size, total);
  });

  test('unsettled deliveries can be acked and nacked after cancel', async ({ open, topology }) => {
    const transport = await open();
    const { inbox, subscription } = await consume(transport, topology.actor, 2);
    for (const body of ['acked', 'nacked']) await transport.send(topology.actor, message(body));
    const deliveries = await inbox.take(2);
    await subscription.cancel();
    for (const delivery of deliveries) {
      const settled =
        textOf(delivery) === 'acked' ? transport.ack(delivery) : transport.nack(delivery);
      assert.equal(await settled, true);
    }
    await transport.send(topology.actor, message('last'));
    const later = await receive(transport, topology.actor);
    assert.deepEqual((await later.take(2)).map(textOf), ['nacked', 'last']);
  });
}
