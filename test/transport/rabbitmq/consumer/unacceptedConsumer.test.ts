import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { rabbitmqctl } from '../../../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { createInbox } from '../../../kit/envelopes/inbox.ts';

test('a queue that does not accept the consumer is reported until it does', async (t) => {
  const { url, control } = sharedBroker();
  if (control === undefined) return t.skip('an external broker');
  const topology = uniqueTopology();
  const ports = [Number(new URL(url).port)];
  const { transport, states, warnings } = await openRabbitmqTransport(t, topology, {
    ports,
    consumeTimeoutMs: 100,
  });
  await states.until({ connected: true });
  await transport.send(topology.actor, { body: Buffer.from('waiting'), headers: {} });
  const run = (command: string): Promise<string> =>
    rabbitmqctl(control, 'eval', `sys:${command}(whereis('%2F_asya-${topology.actor}')).`);
  await run('suspend');
  const inbox = createInbox();
  const receiving = transport.receive(topology.actor, inbox.onDelivery, { prefetch: 1 });
  const { missing } = await states.until({
    missing: [`queue "asya-${topology.actor}" does not accept consumers`],
  });
  assert.equal(missing.length, 1);
  assert.match(warnings.join(''), /"msg":"consumer not accepted by the broker; waiting"/);
  await run('resume');
  await receiving;
  assert.equal(String((await inbox.next()).body), 'waiting');
  await states.until({ missing: [] });
});
