import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { ConfirmChannel } from 'amqplib';
import { openAmqpChannel } from '../kit/brokers/amqpChannel.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport, uniqueTopology } from '../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { envelopeWith } from '../kit/envelopes/failures.ts';
import { until } from '../kit/processes/until.ts';
import { runBin, type ProgramResult, type Variables } from '../kit/processes/sidecarProcess.ts';

interface Setup {
  readonly actor: string;
  readonly errorEnd: string;
  readonly channel: ConfirmChannel;
  readonly peek: (args: readonly string[], variables?: Variables) => Promise<ProgramResult>;
}

/** Declares the queues of an actor with unique names, and its retry queue with one message. */
async function setup(t: TestContext): Promise<Setup> {
  const { url } = sharedBroker();
  const topology = { ...uniqueTopology(), retryDelaysMs: [60_000] };
  const { actor, errorEnd } = topology;
  const { transport, states } = await openRabbitmqTransport(t, topology, {
    ports: [Number(new URL(url).port)],
  });
  await states.until({ connected: true });
  const retried = { body: envelopeWith({ id: 'retried' }), headers: { 'asya-attempt': 2 } };
  await transport.send(actor, retried, { delayMs: 60_000 });
  await transport.send(actor, { body: envelopeWith({ id: 'waits' }), headers: {} });
  await transport.send(errorEnd, { body: envelopeWith({ id: 'failed' }), headers: {} });
  const variables = {
    ASYA_RABBITMQ_URL: url,
    ASYA_ACTOR_ERROR_END: errorEnd,
    ASYA_RETRY_BACKOFF: '60s',
  };
  const channel = await openAmqpChannel(t, url);
  return {
    actor,
    errorEnd,
    channel,
    peek: (args, more = {}) => runBin(['peek', ...args], { ...variables, ...more }),
  };
}

const COUNTED = 'each look counts as a redelivery; the sidecar isolates messages at 3\n';

test('error-end is looked at freely, 25 times, and its message stays', async (t) => {
  const { errorEnd, peek } = await setup(t);
  for (let n = 1; n <= 25; n++) {
    const { code, out, err } = await peek([errorEnd]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^failed /m);
    assert.match(out, new RegExp(`^1 message in "${errorEnd}", as of`, 'm'));
  }
});

test('the queue of an actor and its retry queue need --yes', async (t) => {
  const { actor, peek } = await setup(t);
  for (const args of [[actor], [actor, '--retry']]) {
    const refused = await peek(args);
    assert.deepEqual([refused.code, refused.out], [2, '']);
    assert.ok(refused.err.startsWith(COUNTED), refused.err);
    assert.match(refused.err, /a look at ".*" needs --yes; see asya-sidecar peek --help\n$/);
  }
  const own = await peek([actor, '--yes']);
  assert.deepEqual([own.code, own.err], [0, COUNTED]);
  assert.match(own.out, /^waits /m);
  const retries = await peek([actor, '--retry', '--yes']);
  assert.match(retries.out, /^retried .* 2 /m);
  assert.match(
    retries.out,
    new RegExp(`^1 message in the retry queues of "${actor}" \\(60000 ms\\), as of`, 'm'),
  );
});

test('--retry also reads the queues for the default delays, and names those that it has read', async (t) => {
  const { actor, channel, peek } = await setup(t);
  const others =
    "retry queues with other delays are not read; set ASYA_RETRY_BACKOFF to the actor's";
  const none = await peek([actor, '--retry', '--yes'], { ASYA_RETRY_BACKOFF: '7s' });
  assert.equal(none.code, 0);
  assert.equal(
    none.out.split('\n').slice(0, 2).join('\n'),
    `there is nothing in the retry queues of "${actor}" (none exists for 1000 ms, 5000 ms, 7000 ms, 30000 ms, 120000 ms)\n${others}`,
  );
  const name = `asya-${actor}:retry:30000`;
  await channel.assertQueue(name, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000 },
  });
  channel.sendToQueue(name, envelopeWith({ id: 'delayed' }));
  await channel.waitForConfirms();
  const found = await peek([actor, '--retry', '--yes', '--force'], { ASYA_RETRY_BACKOFF: '7s' });
  assert.match(found.out, /^delayed /m);
  assert.match(found.out, /^1 message in the retry queues of ".*" \(30000 ms\), as of/m);
  assert.match(found.out, new RegExp(`^${others}$`, 'm'));
});

test('a queue that no sidecar has declared needs --force', async (t) => {
  const { channel, peek } = await setup(t);
  const actor = `foreign-${randomUUID().slice(0, 8)}`;
  const name = `asya-${actor}`;
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  channel.sendToQueue(name, envelopeWith({ id: 'foreign' }));
  await channel.waitForConfirms();
  const refused = await peek([actor, '--yes']);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /is not read, because its arguments are not those of a sidecar: .*x-delivery-limit is absent.*; see --force\n$/,
  );
  const forced = await peek([actor, '--yes', '--force']);
  assert.match(forced.out, /^foreign /m);
});

test('a missing queue is an error, and a look creates none', async (t) => {
  const { peek } = await setup(t);
  const actor = `none-${randomUUID().slice(0, 8)}`;
  for (const more of [['--yes'], [], ['--retry']]) {
    const { code, err } = await peek([actor, ...more]);
    assert.deepEqual([code, err], [1, `asya-sidecar: queue "${actor}" does not exist\n`]);
  }
});

test('a queue that is not read for another reason is not said to need --yes', async (t) => {
  const { channel, peek } = await setup(t);
  const actor = `foreign-${randomUUID().slice(0, 8)}`;
  await channel.assertQueue(`asya-${actor}`, { durable: true });
  const { code, err } = await peek([actor]);
  assert.equal(code, 1);
  assert.match(err, /^asya-sidecar: ".*" is not read, because .*; see --force\n$/);
});

test('a user without permissions gets one line that names the queue', async (t) => {
  const { errorEnd, peek } = await setup(t);
  const { url, control } = sharedBroker();
  if (control === undefined) return t.skip('this broker has no rabbitmqctl');
  const user = `reader-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(control, 'add_user', user, 'secret');
  t.after(() => rabbitmqctl(control, 'delete_user', user));
  const asUser = new URL(url);
  asUser.username = user;
  asUser.password = 'secret';
  const variables = { ASYA_RABBITMQ_URL: asUser.href };
  await rabbitmqctl(control, 'set_permissions', user, '^$', '^$', '^$');
  const nothing = await peek([errorEnd, '--force'], variables);
  assert.equal(nothing.code, 1);
  assert.match(
    nothing.err,
    /^asya-sidecar: cannot read queue "asya-.*": ACCESS_REFUSED - .*access to queue.*\n$/,
  );
  await rabbitmqctl(control, 'set_permissions', user, '^$', '^$', '.*');
  const unknown = await peek([errorEnd], variables);
  assert.match(
    unknown.err,
    /is not read, because its arguments cannot be compared: ACCESS_REFUSED - .*; see --force\n$/,
  );
  const forced = await peek([errorEnd, '--force'], variables);
  assert.match(forced.out, /^failed /m);
});

test('a message that a consumer holds is not shown', async (t) => {
  const { errorEnd, channel, peek } = await setup(t);
  const name = `asya-${errorEnd}`;
  const { consumerTag } = await channel.consume(name, () => {});
  await until(async () => (await channel.checkQueue(name)).messageCount === 0, 'the consumer');
  const { code, out } = await peek([errorEnd]);
  assert.equal(code, 0);
  assert.match(out, /: 1 consumer of the queue may have received the messages; see --parked /);
  assert.match(out, /^messages that a consumer or another look holds are not among them$/m);
  await channel.cancel(consumerTag);
});
