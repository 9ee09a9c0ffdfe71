import assert from 'node:assert/strict';
import { receive, message, textOf, isSendError, type DefineTest } from './setup.ts';

export function sendingTests(test: DefineTest): void {
  test('a send to an undeclared queue fails as unroutable', async ({ open, topology }) => {
    const transport = await open();
    await assert.rejects(
      transport.send(`${topology.actor}-undeclared`, message()),
      isSendError('unroutable'),
    );
    await transport.send(topology.actor, message('still works'));
    const inbox = await receive(transport, topology.actor);
    assert.equal(textOf(await inbox.next()), 'still works');
  });

  test('confirmed messages stay in the queue after the sender has closed', async ({
    open,
    topology,
  }) => {
    const sender = await open();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => sender.send(topology.actor, message(`${index}`))),
    );
    await sender.close();
    const inbox = await receive(await open(), topology.actor, 100);
    assert.equal(new Set((await inbox.take(100)).map(textOf)).size, 100);
  });

  test('a send waits while the broker is blocked', async (s) => {
    const { broker, open, topology, states } = s;
    if (broker.block === undefined || broker.unblock === undefined) {
      return s.t.skip('this broker cannot be blocked');
    }
    const transport = await open();
    await broker.block();
    const sent = transport.send(topology.actor, message('waited'));
    const inbox = await receive(transport, topology.actor);
    assert.equal(inbox.all.length, 0);
    await broker.unblock();
    await sent;
    assert.equal(textOf(await inbox.next()), 'waited');
    assert.equal(states.at(-1)?.blocked, false);
  });
}
