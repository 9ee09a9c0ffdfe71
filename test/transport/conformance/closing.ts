import assert from 'node:assert/strict';
import { receive, message, isSendError, type DefineTest } from './setup.ts';

export function closeTests(test: DefineTest): void {
  test('close requeues unsettled messages, and their deliveries are gone', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('unfinished'));
    const delivery = await inbox.next();
    await transport.close();
    assert.equal(delivery.gone, true);
    assert.equal(await transport.ack(delivery), false);
    assert.equal(await transport.nack(delivery), false);
    const later = await receive(await open(), topology.actor);
    const again = await later.next();
    assert.equal(again.id, delivery.id);
    assert.equal(again.redelivered, true);
  });

  test('close fails pending sends as lost, and later sends fail as lost', async ({
    broker,
    open,
    topology,
  }) => {
    const transport = await open();
    await broker.block?.();
    const sends = Array.from({ length: 20 }, () => transport.send(topology.actor, message()));
    const settled = Promise.allSettled(sends);
    await transport.close();
    const outcomes = await settled;
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of failed) assert.ok(isSendError('lost')(reason));
    if (broker.block !== undefined) assert.equal(failed.length, sends.length);
    await assert.rejects(transport.send(topology.actor, message()), isSendError('lost'));
    await broker.unblock?.();
    const inbox = await receive(await open(), topology.actor, sends.length);
    await inbox.take(sends.length - failed.length);
  });

  test('a second close has no effect', async ({ open }) => {
    const transport = await open();
    await transport.close();
    await transport.close();
  });
}
