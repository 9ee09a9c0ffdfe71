import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { connect } from 'amqplib';
import { MIB } from '../../../src/units.ts';
import { openAmqpChannel } from '../../kit/brokers/amqpChannel.ts';
import { openBroker } from '../../kit/brokers/broker.ts';
import {
  createQueue,
  deliver,
  fillQueue,
  getMessage,
  type Ending,
} from '../../kit/brokers/rawDeliveries.ts';
import { rabbitmqctl } from '../../kit/brokers/rabbitmqctl.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { until } from '../../kit/processes/until.ts';

/**
 * What docs/rabbitmq.md says about the differences between release series, for the broker of the
 * run, which is used without a sidecar.
 */
interface Differences {
  /** `x-delivery-count` after two deliveries that ended in this way; undefined if it is absent. */
  readonly counts: Readonly<Record<Ending, number | undefined>>;
  /** `unsettled` of a message that a transport has given back before it closed. */
  readonly givenBack: number;
  /** The deliveries of a message in a queue without a limit, each ended with its connection. */
  readonly deliveries: number;
  readonly maxMessageBytes: number;
  /** How a delivery ends after `consumer_timeout`, by the type of its queue. */
  readonly timeout: Readonly<Record<'quorum' | 'classic', TimeoutEffect>>;
  /** `x-delivery-count` of a quorum queue after a timeout; undefined if it is absent. */
  readonly countAfterTimeout: number | undefined;
}

type TimeoutEffect = 'channel closed' | 'consumer cancelled' | 'none';

const ENDINGS: readonly Ending[] = ['nack', 'reject', 'closed channel', 'closed connection'];
const ALL_COUNT = { nack: 2, reject: 2, 'closed channel': 2, 'closed connection': 2 };
const MAX_DELIVERIES = 30;
const EARLIER: Differences = {
  counts: ALL_COUNT,
  givenBack: 1,
  deliveries: MAX_DELIVERIES,
  maxMessageBytes: 128 * MIB,
  timeout: { quorum: 'channel closed', classic: 'channel closed' },
  countAfterTimeout: 1,
};
const SERIES: ReadonlyMap<string, Differences> = new Map([
  ['3.10', EARLIER],
  ['4.0', { ...EARLIER, deliveries: 21, maxMessageBytes: 16 * MIB }],
  [
    '4.3',
    {
      counts: { ...ALL_COUNT, nack: undefined },
      givenBack: 0,
      deliveries: 21,
      maxMessageBytes: 16 * MIB,
      timeout: { quorum: 'consumer cancelled', classic: 'none' },
      countAfterTimeout: undefined,
    },
  ],
]);

const { url, control, series: named } = sharedBroker();
const series = await readSeries();
const expected = SERIES.get(series) ?? EARLIER;
const skip = !SERIES.has(series) && `docs/rabbitmq.md does not describe RabbitMQ ${series}`;

for (const ending of ENDINGS) {
  const count = expected.counts[ending] ?? 0;
  test(
    `RabbitMQ ${series} counts ${count} of two deliveries that end with a ${ending}`,
    {
      skip,
    },
    async (t) => {
      const queue = await fillQueue(t, url, { 'x-delivery-limit': 100 });
      await deliver(url, queue, ending);
      await deliver(url, queue, ending);
      const { fields, properties } = await getMessage(await openAmqpChannel(t, url), queue);
      assert.equal(fields.redelivered, true);
      assert.equal(properties.headers?.['x-delivery-count'], expected.counts[ending]);
    },
  );
}

test(
  `RabbitMQ ${series} counts ${expected.givenBack} of one delivery that a sidecar gives back before it stops`,
  { skip },
  async (t) => {
    const topology = uniqueTopology();
    const ports = [Number(new URL(url).port)];
    const stopping = await openRabbitmqTransport(t, topology, { ports });
    const inbox = createInbox();
    const consuming = { prefetch: 1 };
    const subscription = await stopping.transport.receive(
      topology.actor,
      inbox.onDelivery,
      consuming,
    );
    await stopping.transport.send(topology.actor, { body: Buffer.from('{}'), headers: {} });
    const delivery = await inbox.next();
    await subscription.cancel();
    await stopping.transport.nack(delivery);
    await stopping.transport.close();
    const { transport } = await openRabbitmqTransport(t, topology, { ports });
    await transport.receive(topology.actor, inbox.onDelivery, consuming);
    assert.equal((await inbox.next()).unsettled, expected.givenBack);
  },
);

const isLimited = expected.deliveries < MAX_DELIVERIES;
test(
  `RabbitMQ ${series} delivers a message of a queue without a limit ${isLimited ? `${expected.deliveries} times` : 'any number of times'}`,
  { skip },
  async (t) => {
    const dead = await createQueue(t, url, {});
    const queue = await fillQueue(t, url, {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': dead,
    });
    const channel = await openAmqpChannel(t, url);
    const isIn = async (name: string): Promise<boolean> =>
      (await channel.checkQueue(name)).messageCount > 0;
    let deliveries = 0;
    while (deliveries < MAX_DELIVERIES && !(await isIn(dead))) {
      await deliver(url, queue, 'closed connection');
      deliveries++;
      await until(
        async () => (await isIn(queue)) || (await isIn(dead)),
        'the return of the message',
      );
    }
    assert.equal(deliveries, expected.deliveries);
  },
);

test(
  `RabbitMQ ${series} accepts messages of up to ${expected.maxMessageBytes / MIB} MiB`,
  { skip: skip || (control === undefined && 'the broker of the run has no rabbitmqctl') },
  async () => {
    assert.ok(control);
    const size = 'element(2, application:get_env(rabbit, max_message_size)).';
    assert.equal(Number(await rabbitmqctl(control, 'eval', size)), expected.maxMessageBytes);
  },
);

const { quorum, classic } = expected.timeout;
test(
  `consumer_timeout of RabbitMQ ${series}: ${quorum} for a quorum queue, ${classic} for a classic queue`,
  { skip },
  async (t) => {
    // The timeout applies to all consumers of a broker, so this one is not shared with other tests.
    const broker = await openBroker({ series: named });
    t.after(() => broker.close());
    for (const setting of ['consumer_timeout, 1000', 'channel_tick_interval, 500'])
      await rabbitmqctl(broker.control, 'eval', `application:set_env(rabbit, ${setting}).`);
    // Its consumer waits longer than that of the quorum queue.
    const ofClassic = await holdDelivery(t, broker.url, { 'x-queue-type': 'classic' });
    const ofQuorum = await holdDelivery(t, broker.url, { 'x-delivery-limit': 100 });
    await until(() => ofQuorum.effects.length > 0, 'the timeout', 30_000);
    if (classic !== 'none') await until(() => ofClassic.effects.length > 0, 'the timeout', 30_000);
    assert.deepEqual(ofQuorum.effects, [quorum]);
    assert.deepEqual(ofClassic.effects, classic === 'none' ? [] : [classic]);
    const channel = await openAmqpChannel(t, broker.url);
    const { properties } = await getMessage(channel, ofQuorum.queue);
    assert.equal(properties.headers?.['x-delivery-count'], expected.countAfterTimeout);
  },
);

async function readSeries(): Promise<string> {
  const connection = await connect(url);
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version.split('.').slice(0, 2).join('.');
}

/** Consumes the message of a new queue, does not ack it, and records what the broker does. */
async function holdDelivery(
  t: TestContext,
  brokerUrl: string,
  args: Readonly<Record<string, unknown>>,
): Promise<{ readonly queue: string; readonly effects: readonly TimeoutEffect[] }> {
  const queue = await fillQueue(t, brokerUrl, args);
  const channel = await openAmqpChannel(t, brokerUrl);
  const effects: TimeoutEffect[] = [];
  channel.on('close', () => effects.push('channel closed'));
  await channel.consume(queue, (message) => {
    if (message === null) effects.push('consumer cancelled');
  });
  return { queue, effects };
}
