import assert from 'node:assert/strict';
import { parkedQueue } from '../../../src/transport/queues.ts';
import { MINUTE } from '../../../src/units.ts';
import { until } from '../../kit/processes/until.ts';
import { message, type DefineTest } from './setup.ts';

export function countTests(test: DefineTest): void {
  test('messages at error-end, parked messages and delayed messages are counted', async ({
    open,
    topology,
  }) => {
    const { actor, errorEnd } = topology;
    const transport = await open({ retryDelaysMs: [MINUTE, 2 * MINUTE] });
    await until(async () => (await transport.countWaiting()).errorEnd !== undefined, 'the queue');
    assert.deepEqual(await transport.countWaiting(), { errorEnd: 0, parked: 0, delayed: 0 });

    await transport.send(actor, message('ready'));
    for (const delayMs of [MINUTE, MINUTE, 2 * MINUTE])
      await transport.send(actor, message('delayed'), { delayMs });
    for (const text of ['one', 'two']) await transport.send(errorEnd, message(text));
    await transport.send(parkedQueue(errorEnd), message('parked'));
    await until(async () => (await transport.countWaiting()).errorEnd === 2, 'the errors');
    assert.deepEqual(await transport.countWaiting(), { errorEnd: 2, parked: 1, delayed: 3 });
    // RabbitMQ keeps delayed messages in queues of their own.
    const { ready, delayed = 3 } = (await transport.inspect(actor)) ?? {};
    assert.deepEqual([ready, delayed], [1, 3]);
  });

  test('the inspection of a missing queue does not affect that of another queue', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    await until(async () => (await transport.depth(topology.actor)) === 0, 'the queue');
    const [missing, depth] = await Promise.all([
      transport.inspect(`missing-${topology.actor}`),
      transport.depth(topology.actor),
    ]);
    assert.equal(missing?.exists, false);
    assert.equal(depth, 0);
  });
}
