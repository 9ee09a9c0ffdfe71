import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { InspectableTransport } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { openAmqpChannel } from '../../../kit/brokers/amqpChannel.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';

const COUNT = 20_000;
const NEVER = new AbortController().signal;

interface Filled {
  readonly transport: InspectableTransport;
  /** The port's name of error-end's queue. */
  readonly queue: string;
}

async function fill(t: TestContext, count: number): Promise<Filled> {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const ports = [Number(new URL(url).port)];
  const { transport, states } = await openRabbitmqTransport(t, topology, { ports });
  await states.until({ connected: true });
  const channel = await openAmqpChannel(t, url);
  const body = Buffer.alloc(500);
  for (let number = 0; number < count; number++) {
    channel.sendToQueue(`asya-${topology.errorEnd}`, body, { persistent: true });
  }
  await channel.waitForConfirms();
  return { transport, queue: topology.errorEnd };
}

test('a look waits while the broker reads the bodies that it will deliver', async (t) => {
  const { transport, queue } = await fill(t, COUNT);
  for (const _ of [1, 2, 3]) {
    let read = 0;
    const options = { limit: Number.POSITIVE_INFINITY, idleTimeoutMs: 10, stopped: NEVER };
    const { count, end } = await transport.look(queue, () => read++, options);
    assert.deepEqual([read, count, end], [COUNT, COUNT, 'complete']);
    assert.equal((await transport.inspect(queue))?.ready, COUNT);
  }
});

test('a queue that does not count its messages does not seem empty', async (t) => {
  const { control } = sharedBroker();
  if (control === undefined) return t.skip('an external broker');
  const { transport, queue } = await fill(t, 3);
  const run = (command: string): Promise<string> =>
    rabbitmqctl(control, 'eval', `sys:${command}(whereis('%2F_asya-${queue}')).`);
  await run('suspend');
  const inspecting = transport.inspect(queue);
  const options = { limit: Number.POSITIVE_INFINITY, idleTimeoutMs: 2_000, stopped: NEVER };
  const looking = transport.look(queue, () => {}, options);
  await run('resume');
  const [state, look] = await Promise.all([inspecting, looking]);
  assert.ok((state?.ready ?? 0) + (state?.consumers ?? 0) > 0);
  assert.deepEqual([look.count, look.end], [3, 'complete']);
});
