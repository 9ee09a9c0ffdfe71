import assert from 'node:assert/strict';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { openAmqpChannel } from '../kit/brokers/amqpChannel.ts';
import { openProxy } from '../kit/brokers/proxy.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../kit/processes/sidecarProcess.ts';

/** SIGTERM before the first message: without hops in flight, the sidecar exits at once. */

const { url } = sharedBroker();

/**
 * Starts the sidecar of an end without a runtime. Its shutdown timeout is longer than any test.
 */
async function start(t: TestContext, variables: Variables): Promise<SidecarProcess> {
  const sidecar = await startSidecarProcess({
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
    ASYA_SHUTDOWN_TIMEOUT: '10m',
    ...variables,
  });
  t.after(() => sidecar.close());
  return sidecar;
}

async function stopsAtOnce(sidecar: SidecarProcess): Promise<void> {
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  assert.deepEqual(sidecar.errors, []);
}

function urlAt(port: number): string {
  const at = new URL(url);
  at.port = String(port);
  return at.href;
}

test('a sidecar whose broker refuses connections stops at once', async (t) => {
  const vacant = await openProxy(1);
  await vacant.close();
  const sidecar = await start(t, { ASYA_RABBITMQ_URL: urlAt(vacant.port) });
  await sidecar.logged('broker connection failed; reconnecting');
  await stopsAtOnce(sidecar);
});

test('a sidecar whose broker accepts a connection and stays silent stops at once', async (t) => {
  const mute = createServer((socket) => void socket.on('error', () => {}).resume());
  await once(mute.listen(0, '127.0.0.1'), 'listening');
  t.after(() => mute.close());
  const connected = once(mute, 'connection');
  const sidecar = await start(t, {
    ASYA_RABBITMQ_URL: urlAt((mute.address() as AddressInfo).port),
  });
  await connected;
  await stopsAtOnce(sidecar);
});

test('a sidecar whose exchange is missing stops at once', async (t) => {
  const sidecar = await start(t, {
    ASYA_RABBITMQ_URL: url,
    ASYA_RABBITMQ_EXCHANGE: `missing-${randomUUID()}`,
    ASYA_QUEUE_AUTO_CREATE: 'false',
  });
  await sidecar.logged('topology incomplete');
  await stopsAtOnce(sidecar);
});

for (const silent of [false, true]) {
  const then = silent ? ', and whose broker then falls silent,' : '';
  test(`a sidecar whose own queue is missing${then} stops at once`, async (t) => {
    const exchange = `exchange-${randomUUID()}`;
    const channel = await openAmqpChannel(t, url);
    await channel.assertExchange(exchange, 'topic');
    const proxy = await openProxy(Number(new URL(url).port));
    t.after(() => proxy.close());
    const sidecar = await start(t, {
      ASYA_RABBITMQ_URL: urlAt(proxy.port),
      ASYA_RABBITMQ_EXCHANGE: exchange,
      ASYA_ACTOR_NAME: `missing-${randomUUID().slice(0, 8)}`,
      ASYA_IS_END_ACTOR: 'true',
      ASYA_QUEUE_AUTO_CREATE: 'false',
    });
    await sidecar.logged('consumer failed; consuming again');
    if (silent) proxy.stopForwarding();
    await stopsAtOnce(sidecar);
  });
}

test('a sidecar that waits for messages stops at once when its broker falls silent', async (t) => {
  const exchange = `exchange-${randomUUID()}`;
  const proxy = await openProxy(Number(new URL(url).port));
  t.after(() => proxy.close());
  const sidecar = await start(t, {
    ASYA_RABBITMQ_URL: urlAt(proxy.port),
    ASYA_RABBITMQ_EXCHANGE: exchange,
  });
  await sidecar.ready();
  proxy.stopForwarding();
  await stopsAtOnce(sidecar);
});
