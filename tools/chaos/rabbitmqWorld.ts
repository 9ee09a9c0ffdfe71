import { connect } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseBrokerUrls } from '../../src/config/broker/brokerUrls.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq/rabbitmq.ts';
import { openBroker } from '../../test/kit/brokers/broker.ts';
import { openProxy } from '../../test/kit/brokers/proxy.ts';
import { rabbitmqOptions } from '../../test/kit/brokers/rabbitmqOptions.ts';
import {
  closeConnections,
  rabbitmqctl,
  setMemoryAlarm,
} from '../../test/kit/brokers/rabbitmqctl.ts';
import type { ReleaseSeries } from '../../test/kit/brokers/rabbitmqInstallation.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Stage, World } from './world.ts';

const USER = 'asya';
const PASSWORD = 'chaos-password';
const CONFIRM_TIMEOUT_MS = 10_000;

/** A private RabbitMQ; the sidecars reach it over a network that misbehaves, producers directly. */
export async function openRabbitmqWorld(line: ReleaseSeries): Promise<World> {
  const broker = await openBroker({ series: line });
  const { control } = broker;
  await rabbitmqctl(control, 'add_user', USER, PASSWORD);
  await rabbitmqctl(control, 'set_permissions', USER, '.*', '.*', '.*');
  const network = await openProxy(broker.port);
  const brokers = parseBrokerUrls(broker.url) ?? [];
  const transport = await openRabbitmq(
    rabbitmqOptions(brokers, { confirmTimeoutMs: CONFIRM_TIMEOUT_MS }),
  );

  async function restart(how: 'kill' | 'stop'): Promise<void> {
    await broker[how]();
    await broker.start();
  }

  async function limitQueue({ random }: Stage): Promise<void> {
    const queue = random.pick(['asya-split', 'asya-infer', 'asya-happy-end']);
    const limit = JSON.stringify({ 'max-length': 3, overflow: 'reject-publish' });
    await rabbitmqctl(control, 'set_policy', 'full', `^${queue}$`, limit, '--apply-to', 'queues');
    await sleep(3_000);
    await rabbitmqctl(control, 'clear_policy', 'full');
  }

  async function revoke(): Promise<void> {
    await rabbitmqctl(control, 'set_permissions', USER, '^$', '^$', '^$');
    await closeConnections(control);
    await sleep(3_000);
    await rabbitmqctl(control, 'set_permissions', USER, '.*', '.*', '.*');
  }

  async function alarm(): Promise<void> {
    await setMemoryAlarm(control, true);
    await sleep(3_000);
    await setMemoryAlarm(control, false);
  }

  /** The queue has nothing ready in it, and hops of it are in hand. */
  async function deleteQueue(stage: Stage): Promise<void> {
    await stage.alone(async () => {
      const admin = await connect(broker.url);
      try {
        const channel = await admin.createChannel();
        await stage.sendSlow(3, 'infer', 2_000);
        const isEmpty = async (): Promise<boolean> =>
          (await channel.checkQueue('asya-infer')).messageCount === 0;
        await until(isEmpty, 'the queue has handed out what it has');
        await channel.deleteQueue('asya-infer');
      } finally {
        await admin.close();
      }
    });
  }

  return {
    env: {
      ASYA_TRANSPORT: 'rabbitmq',
      ASYA_RABBITMQ_URL: `amqp://${USER}:${PASSWORD}@127.0.0.1:${network.port}/`,
      ASYA_CONFIRM_TIMEOUT: `${CONFIRM_TIMEOUT_MS}ms`,
    },
    transport,
    disasters: {
      'broker killed': () => restart('kill'),
      'broker stopped': () => restart('stop'),
      'connections reset': async () => network.reset(),
      'black hole': async () => network.swallow(),
      'half-open, broker gone': async () => network.halfOpen('server'),
      'half-open, clients gone': async () => network.halfOpen('client'),
      'slow network': async () => {
        network.slow(200);
        await sleep(4_000);
        network.slow(0);
      },
      'sidecar frozen': ({ random, freeze }) =>
        freeze(random.pick(['prep', 'split', 'infer']), 4_000),
      'memory alarm': alarm,
      'queue full': limitQueue,
      'queue deleted': deleteQueue,
      'permission revoked': revoke,
    },
    describeQueues: () =>
      rabbitmqctl(
        control,
        'list_queues',
        'name',
        'messages_ready',
        'messages_unacknowledged',
        'consumers',
      ),
    async close() {
      await transport.close();
      await network.close();
      await broker.close();
    },
  };
}
