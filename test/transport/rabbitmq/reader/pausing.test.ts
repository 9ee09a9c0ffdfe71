import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LookError } from '../../../../src/transport/inspection/queueReader.ts';
import { type Look } from '../../../../src/transport/inspection/queueReader.ts';
import { type LookOptions } from '../../../../src/transport/inspection/queueReader.ts';
import { KIB } from '../../../../src/units.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { openProxy, type Proxy } from '../../../kit/brokers/proxy.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';

const COUNT = 200;

/** Fills error-end's queue with 20 MB, and looks at it. */
async function setup(
  t: TestContext,
  drained: LookOptions['drained'],
): Promise<{
  readonly looking: Promise<Look>;
  readonly count: () => number;
  readonly proxy: Proxy;
}> {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const proxy = await openProxy(Number(new URL(url).port));
  t.after(() => proxy.close());
  const { transport, states } = await openRabbitmqTransport(t, topology, { ports: [proxy.port] });
  await states.until({ connected: true });
  const channel = await openAmqpChannel(t, url);
  for (let n = 0; n < COUNT; n++)
    channel.sendToQueue(`asya-${topology.errorEnd}`, Buffer.alloc(100 * KIB));
  await channel.waitForConfirms();
  let count = 0;
  const looking = transport.look(topology.errorEnd, () => void count++, {
    limit: COUNT,
    idleTimeoutMs: 500,
    stopped: new AbortController().signal,
    drained,
  });
  looking.catch(() => {}); // awaited by the test
  return { looking, count: () => count, proxy };
}

test('a look resumes only when the caller has passed on what it received', async (t) => {
  const waiting = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const { looking, count } = await setup(t, () => {
    waiting.resolve();
    return released.promise;
  });
  await waiting.promise;
  assert.ok(count() < COUNT, `${count()} messages`);
  released.resolve();
  const { end } = await looking;
  assert.deepEqual([end, count()], ['complete', COUNT]);
});

test('an error of the caller ends the look with the same error', async (t) => {
  const failure = new Error('on purpose');
  const { looking } = await setup(t, () => Promise.reject(failure));
  await assert.rejects(looking, failure);
});

test('a connection that is lost while the look waits is reported as lost', async (t) => {
  const waiting = Promise.withResolvers<void>();
  const { looking, proxy } = await setup(t, () => {
    waiting.resolve();
    return new Promise(() => {});
  });
  await waiting.promise;
  proxy.resetConnections();
  await assert.rejects(looking, (error) => error instanceof LookError && error.code === 'lost');
});
