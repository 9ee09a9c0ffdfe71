import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Environment } from '../../../../src/config/config.ts';
import type { Topology } from '../../../../src/transport/queues.ts';
import type { InspectableTransport } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { openProxy, type Proxy } from '../../../kit/brokers/proxy.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { fillErrorEnd, readIds, untilReturned } from '../../../kit/rigs/interruptedCommand.ts';
import { checkEveryFate } from '../../../kit/ui/everyFate.ts';
import { serveErrors } from '../../../kit/ui/errorsRig.ts';

interface Setup {
  readonly transport: InspectableTransport;
  readonly topology: Topology;
  /** Between the page's server and the broker. */
  readonly proxy: Proxy;
  /** The settings of the page's server. */
  readonly environment: Environment;
}

async function setup(t: TestContext): Promise<Setup> {
  const topology = uniqueTopology();
  const port = Number(new URL(sharedBroker().url).port);
  const { transport } = await openRabbitmqTransport(t, topology, { ports: [port] });
  const proxy = await openProxy(port);
  t.after(() => proxy.close());
  const environment = {
    ASYA_RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${proxy.port}/`,
    ASYA_ACTOR_HAPPY_END: topology.happyEnd,
    ASYA_ACTOR_ERROR_END: topology.errorEnd,
  };
  return { transport, topology, proxy, environment };
}

test('on RabbitMQ, messages of every form are read, replayed, discarded and exported', async (t) => {
  await checkEveryFate(t, await setup(t));
});

const MESSAGES = 500;

test('a broker that goes away in a replay ends it, and no message is lost', async (t) => {
  const { transport, topology, proxy, environment } = await setup(t);
  const { actor, errorEnd } = topology;
  const sent = await fillErrorEnd({ transport, errorEnd, actor, messages: MESSAGES });
  const impatient = { ...environment, ASYA_CONFIRM_TIMEOUT: '3s' };
  const { client } = await serveErrors(t, { environment: impatient });
  const { id } = await client.look();
  const running = await client.start('replay', id, { selection: { filter: {} }, rate: 200 });
  await running.event('progress');
  await proxy.close();
  const { kind, done, left, text } = await running.end;
  assert.equal(kind, 'failed', text);
  assert.ok(done > 0 && done < MESSAGES, text);
  assert.equal(done + left, MESSAGES);
  await untilReturned(transport, errorEnd);
  const replayed = await readIds(transport, actor);
  const kept = await readIds(transport, errorEnd);
  const found = new Set([...replayed, ...kept]);
  assert.deepEqual(
    sent.filter((each) => !found.has(each)),
    [],
  );
});

test('a lost connection does not end a discard, which removes each message once', async (t) => {
  const { transport, topology, proxy, environment } = await setup(t);
  const { actor, errorEnd } = topology;
  await fillErrorEnd({ transport, errorEnd, actor, messages: MESSAGES });
  const { client } = await serveErrors(t, { environment });
  const { id } = await client.look();
  proxy.setLatency(20);
  const running = await client.start('discard', id, { selection: { filter: {} } });
  await running.event('progress');
  proxy.cutConnections();
  const { kind, text } = await running.end;
  assert.deepEqual([kind, text], ['done', `${MESSAGES} discarded`]);
  assert.deepEqual(await readIds(transport, errorEnd), []);
});

test('without a broker, a look is answered with 503 and the reason', async (t) => {
  const { proxy, environment } = await setup(t);
  await proxy.close();
  const { client } = await serveErrors(t, { environment });
  const { status, error } = await client.refusal('looks', {});
  assert.equal(status, 503);
  assert.match(error, /^cannot consume "error-end-\w+": .*ECONNREFUSED/);
});

test('a missing queue is named', async (t) => {
  const { environment } = await setup(t);
  const missing = { ...environment, ASYA_ACTOR_ERROR_END: 'error-end-missing' };
  const { client } = await serveErrors(t, { environment: missing });
  assert.deepEqual(await client.refusal('looks', {}), {
    status: 503,
    error: 'queue "error-end-missing" does not exist',
  });
});
