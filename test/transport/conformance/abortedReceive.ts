import assert from 'node:assert/strict';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { receive, message, textOf, flagsOf, type DefineTest } from './setup.ts';

export function abortTests(test: DefineTest): void {
  test('an aborted receive rejects with the reason and consumes no message', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const queue = `late-${topology.actor}`;
    const cancelled = createInbox();
    const stop = new AbortController();
    const { signal } = stop;
    // The queue does not exist; on some brokers `receive` waits for it.
    const receiving = transport.receive(queue, cancelled.onDelivery, { prefetch: 5, signal });
    stop.abort(new Error('cancelled by the test'));
    await receiving.then(
      (subscription) => subscription.cancel(),
      (error: unknown) => assert.equal(error, signal.reason),
    );
    const owner = await open({ actor: queue });
    for (const body of ['one', 'two', 'three']) await owner.send(queue, message(body));
    const inbox = await receive(owner, queue);
    const deliveries = await inbox.take(3);
    assert.deepEqual(deliveries.map(textOf), ['one', 'two', 'three']);
    assert.deepEqual(flagsOf(deliveries[0]), { redelivered: false, unsettled: 0, gone: false });
    assert.equal(cancelled.all.length, 0);
  });

  test('a receive with an aborted signal rejects and consumes no message', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const cancelled = createInbox();
    const signal = AbortSignal.abort(new Error('cancelled by the test'));
    await assert.rejects(
      transport.receive(topology.actor, cancelled.onDelivery, { prefetch: 5, signal }),
      signal.reason,
    );
    await transport.send(topology.actor, message('for another'));
    const inbox = await receive(transport, topology.actor);
    assert.equal(textOf(await inbox.next()), 'for another');
    assert.equal(cancelled.all.length, 0);
  });

  test('a signal that aborts after receive has resolved does not end the subscription', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    const inbox = createInbox();
    const stop = new AbortController();
    const { signal } = stop;
    await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 5, signal });
    stop.abort();
    await transport.send(topology.actor, message('still delivered'));
    assert.equal(textOf(await inbox.next()), 'still delivered');
  });
}
