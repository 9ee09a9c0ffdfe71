import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProxy } from '../kit/brokers/proxy.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { within } from '../kit/processes/until.ts';
import { stageOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { sendAndWait, startActor } from './sendAndWait.ts';

sendAndWait('rabbitmq', stageOnRabbitmq());

test('send --wait ends with 3 when its connection is cut, because the reply queue is gone', async (t) => {
  const called = Promise.withResolvers<void>();
  const { start, stage } = await startActor(t, stageOnRabbitmq(), async () => {
    called.resolve();
    return released.promise;
  });
  const released = Promise.withResolvers<string>();
  const url = new URL(sharedBroker().url);
  const proxy = await openProxy(Number(url.port || 5672));
  t.after(() => proxy.close());
  url.port = String(proxy.port);
  const { ended } = start(1, '1', ['--wait', '60s'], { ASYA_RABBITMQ_URL: url.href });
  await called.promise;
  proxy.cutConnections();
  const ran = await ended;
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /reply queue lost: .+; 1 of 1 answers missing: journey [\w-]{36}\n$/);
  released.resolve('42');
  await within(stage.happyEnd.take(), 'the envelope', 20_000);
});

test('send --wait sends nothing when the reply queue cannot be opened', async (t) => {
  const { start, stage } = await startActor(t, stageOnRabbitmq(), () => '1');
  const ran = await start(1, '1', ['--wait', '5s'], { ASYA_RABBITMQ_URL: 'amqp://127.0.0.1:1' })
    .ended;
  assert.equal(ran.code, 1);
  assert.match(ran.err, /^asya-sidecar: nothing was sent: ASYA_RABBITMQ_URL: 127.0.0.1:1: /);
  assert.equal(stage.happyEnd.arrived.length, 0);
});
