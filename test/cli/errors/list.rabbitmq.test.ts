import { connect } from 'amqplib';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { envelopeWith, errorEnvelope } from '../../kit/envelopes/failures.ts';
import { runBin } from '../../kit/processes/sidecarProcess.ts';

test('on RabbitMQ, all three forms are listed, and looks keep the messages and their order', async (t) => {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const ports = [Number(new URL(url).port)];
  const { transport } = await openRabbitmqTransport(t, topology, { ports });
  const { actor, happyEnd, errorEnd } = topology;
  const ids = ['wrapped', 'unwrapped', 'dead'];
  const [wrapped, unwrapped, dead] = ids.map((id) => envelopeWith({ id }));
  assert.ok(wrapped !== undefined && unwrapped !== undefined && dead !== undefined);
  await transport.send(errorEnd, { body: errorEnvelope(wrapped), headers: {} });
  const headers = { 'asya-error-code': 'runtime_error', 'asya-error-message': 'too large' };
  await transport.send(errorEnd, { body: unwrapped, headers });
  const connection = await connect(url);
  t.after(() => connection.close());
  const channel = await connection.createConfirmChannel();
  const time = { '!': 'timestamp', value: 1_795_000_000 };
  const death = { queue: `asya-${actor}`, reason: 'delivery_limit', time, count: 1 };
  channel.sendToQueue(`asya-${errorEnd}`, dead, { headers: { 'x-death': [death] } });
  await channel.waitForConfirms();

  const variables = {
    ASYA_RABBITMQ_URL: url,
    ASYA_ACTOR_HAPPY_END: happyEnd,
    ASYA_ACTOR_ERROR_END: errorEnd,
  };
  for (const _ of [1, 2]) {
    const { code, out, err } = await runBin(['errors', 'list', '--each', '--json'], variables);
    assert.equal(code, 0, err);
    const errors = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      errors.map(({ id, code: fault, text }) => [id, fault, text]),
      [
        ['wrapped', 'runtime_error', 'on purpose'],
        ['unwrapped', 'runtime_error', 'too large'],
        ['dead', 'dead_lettered', 'delivery_limit'],
      ],
    );
    const last = errors[2] ?? {};
    assert.deepEqual([last['actor'], last['failed_at']], [actor, '2026-11-18T11:06:40.000Z']);
  }
});
