import assert from 'node:assert/strict';
import { consume, receive, message, textOf, sendUntilStored, type DefineTest } from './setup.ts';

export function reconnectTests(test: DefineTest): void {
  test('a transport subscribes again after a lost connection, and unsettled messages are redelivered', async (s) => {
    const { broker, open, topology } = s;
    if (broker.cutConnections === undefined)
      return s.t.skip('this broker has no connection to cut');
    const transport = await open();
    const inbox = await receive(transport, topology.actor, 1);
    await transport.send(topology.actor, message('unsettled'));
    const delivery = await inbox.next();
    await broker.cutConnections();
    const again = await inbox.next();
    assert.equal(again.id, delivery.id);
    assert.equal(again.redelivered, true);
    assert.equal(delivery.gone, true);
    assert.equal(await transport.ack(delivery), false);
    assert.equal(await transport.nack(delivery), false);
    assert.equal(await transport.ack(again), true);
    await sendUntilStored(transport, topology.actor, message('after'));
    assert.equal(textOf(await inbox.next()), 'after');
  });

  test('a cancelled subscription stays cancelled after a lost connection', async (s) => {
    const { broker, open, topology } = s;
    if (broker.cutConnections === undefined)
      return s.t.skip('this broker has no connection to cut');
    const transport = await open();
    const { inbox, subscription } = await consume(transport, topology.actor);
    await subscription.cancel();
    await broker.cutConnections();
    await sendUntilStored(transport, topology.actor, message());
    const other = await receive(transport, topology.actor);
    await other.next();
    assert.equal(inbox.all.length, 0);
  });
}
