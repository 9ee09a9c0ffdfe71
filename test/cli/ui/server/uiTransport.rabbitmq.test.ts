import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandConfig } from '../../../../src/cli/command/config.ts';
import { RequestError } from '../../../../src/cli/ui/server/routes/requestError.ts';
import { UiTransport } from '../../../../src/cli/ui/server/uiTransport.ts';
import { silentLog } from '../../../../src/log.ts';
import { openTransport } from '../../../../src/transport/open.ts';
import { openProxy } from '../../../kit/brokers/proxy.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { freePorts } from '../../../kit/processes/ports.ts';
import { until } from '../../../kit/processes/until.ts';

test('the transport connects when the broker starts, and again after it was away', async (t) => {
  const [port = 0] = await freePorts(1);
  const url = new URL(sharedBroker().url);
  const brokerPort = Number(url.port === '' ? 5672 : url.port);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const config = readCommandConfig({ ASYA_RABBITMQ_URL: url.href });
  const transport = new UiTransport({ config, context: { openTransport, log: silentLog } });
  t.after(() => transport.close());
  const refused = `connect ECONNREFUSED 127.0.0.1:${port}`;
  const isRefused = (): boolean => transport.source().problem?.includes(refused) === true;
  const isConnected = (): boolean => transport.source().isConnected;

  await until(isRefused, 'the reason of the failed connection');
  const startedAt = transport.source().awaySince ?? assert.fail('it is not connected');
  assert.throws(
    () => transport.connected(),
    (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.status, 503);
      assert.match(error.message, /^the broker is not connected: .*ECONNREFUSED/);
      return true;
    },
  );

  const proxy = await openProxy(brokerPort, port);
  await until(isConnected, 'the first connection');
  const { problem, awaySince } = transport.source();
  assert.deepEqual([problem, awaySince], [undefined, undefined]);
  assert.equal((await transport.connected().inspect('no-such-queue'))?.exists, false);

  await proxy.close();
  await until(() => !isConnected() && isRefused(), 'the lost connection');
  assert.ok((transport.source().awaySince ?? '') > startedAt);
  const again = await openProxy(brokerPort, port);
  t.after(() => again.close());
  await until(isConnected, 'the second connection');
  assert.equal((await transport.connected().inspect('no-such-queue'))?.exists, false);
});
