import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openAmqpChannel } from '../kit/brokers/amqpChannel.ts';
import { openOnRabbitmq, openRigBehindProxy } from '../kit/rigs/rabbitmqRig.ts';
import { decode, openRig, type Rig } from '../kit/rigs/rig.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { until, within } from '../kit/processes/until.ts';

const RECONNECTED_MS = 30_000;

describe('a hop on RabbitMQ whose connections fail', { concurrency: 4, timeout: 240_000 }, () => {
  test('after connection losses during the call the redelivery joins it, and the runtime is called once', async (t) => {
    const { rig, proxy } = await openRigBehindProxy(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    for (let cuts = 0; cuts < 2; cuts++) {
      proxy.cutConnections();
      await until(() => !rig.health.transport.connected, 'disconnected');
      await until(() => rig.health.transport.connected, 'connected again', RECONNECTED_MS);
    }
    rig.runtime.release('"paid for once"');
    const arrived = decode(await within(rig.next.take(), 'the envelope', RECONNECTED_MS));
    assert.equal(arrived['payload'], 'paid for once');
    await another(rig);
    assert.equal(rig.runtime.calls.filter((payload) => payload === '"x"').length, 1);
  });

  test('after connection losses during the call of a batch the redeliveries join it', async (t) => {
    const { rig, proxy } = await openRigBehindProxy(t, {
      script: () => 'hang',
      config: { prefetch: 3, batch: { size: 3, waitMs: 60_000, maxBytes: 1_000_000 } },
    });
    for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    for (let cuts = 0; cuts < 2; cuts++) {
      proxy.cutConnections();
      await until(() => !rig.health.transport.connected, 'disconnected');
      await until(() => rig.health.transport.connected, 'connected again', RECONNECTED_MS);
    }
    rig.runtime.release('[1,2,3]');
    await until(() => rig.next.arrived.length === 3, 'all envelopes', RECONNECTED_MS);
    await until(() => rig.health.inFlight === 0, 'all deliveries are settled', RECONNECTED_MS);
    assert.deepEqual(
      rig.next.arrived.map((delivery) => decode(delivery)['payload']),
      [1, 2, 3],
    );
    assert.deepEqual(rig.runtime.calls, ['["a","b","c"]']);
  });

  test('after connection losses between reply and confirm the reply is sent again without another call', async (t) => {
    const { rig, proxy } = await openRigBehindProxy(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    proxy.stopForwarding();
    rig.runtime.release('"answered"');
    await new Promise((resolve) => setImmediate(resolve));
    proxy.cutConnections();
    const arrived = decode(await within(rig.next.take(), 'the envelope', RECONNECTED_MS));
    assert.equal(arrived['payload'], 'answered');
    await another(rig);
    assert.equal(rig.runtime.calls.filter((payload) => payload === '"x"').length, 1);
  });

  test('a redelivered envelope with the ids and the length of an earlier one gets a call of its own', async (t) => {
    const rig = await openRig({ open: openOnRabbitmq(), script: (payload) => payload });
    t.after(() => rig.close());
    const channel = await openAmqpChannel(t, sharedBroker().url);
    const queue = `asya-${rig.names.actor}`;
    const publish = async (payload: string): Promise<void> => {
      const body = Buffer.from(JSON.stringify(rig.envelope(payload, { id: 'order-7' })));
      channel.sendToQueue(queue, body, { messageId: 'customer-1' });
      await channel.waitForConfirms();
    };
    await publish('one');
    assert.equal(decode(await within(rig.next.take(), 'the first'))['payload'], 'one');
    await rig.runtime.stop();
    await until(() => rig.health.paused.has('runtime_absent'), 'paused');
    await publish('two');
    await until(async () => {
      const message = await channel.get(queue);
      if (message !== false) channel.nack(message);
      return message !== false;
    }, 'the delivery to another consumer');
    await rig.runtime.start();
    assert.equal(decode(await within(rig.next.take(), 'the second'))['payload'], 'two');
  });

  test('the suspects of a sidecar that was killed three times are processed one at a time and pass', async (t) => {
    const { rig } = await openRigBehindProxy(t, { concurrency: 8, script: () => 'hang' });
    for (let n = 0; n < 8; n++) await rig.send(rig.envelope(n));
    for (let crashes = 1; crashes <= 3; crashes++) {
      await until(
        () => rig.runtime.calls.length === crashes * 8,
        'eight calls at once',
        RECONNECTED_MS,
      );
      await rig.stop();
      await rig.start();
    }
    let running = 0;
    let most = 0;
    rig.runtime.script = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return '"ok"';
    };
    await until(() => rig.next.arrived.length === 8, 'all envelopes', RECONNECTED_MS);
    assert.equal(most, 1, 'one at a time');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });
});

/** Waits until all earlier messages are settled, by sending another envelope. */
async function another(rig: Rig): Promise<void> {
  rig.runtime.script = () => 'null';
  await rig.send(rig.envelope('another'));
  await within(rig.happyEnd.take(), 'another envelope', RECONNECTED_MS);
}
