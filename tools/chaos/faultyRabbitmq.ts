import { connect } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseBrokerUrls } from '../../src/config/formats/brokerUrls.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq/rabbitmq.ts';
import { SECOND } from '../../src/units.ts';
import { openBroker, type Broker } from '../../test/kit/brokers/broker.ts';
import { openProxy, type Proxy } from '../../test/kit/brokers/proxy.ts';
import { rabbitmqOptions } from '../../test/kit/brokers/rabbitmqOptions.ts';
import {
  closeConnections,
  rabbitmqctl,
  setMemoryAlarm,
  type Rabbitmqctl,
} from '../../test/kit/brokers/rabbitmqctl.ts';
import type { ReleaseSeries } from '../../test/kit/brokers/releaseSeries.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { FaultyBroker, RunControl } from './faultyBroker.ts';

const USER = 'asya';
const PASSWORD = 'chaos-password';
const CONFIRM_TIMEOUT_MS = 10 * SECOND;
const FAULT_MS = 3 * SECOND;

/**
 * Starts a private RabbitMQ. Sidecars connect through a proxy that can fail, producers directly.
 */
export async function openFaultyRabbitmq(series: ReleaseSeries): Promise<FaultyBroker> {
  const broker = await openBroker({ series });
  const { control } = broker;
  await rabbitmqctl(control, 'add_user', USER, PASSWORD);
  await rabbitmqctl(control, 'set_permissions', USER, '.*', '.*', '.*');
  const network = await openProxy(broker.port);
  const brokers = parseBrokerUrls(broker.url) ?? [];
  const transport = await openRabbitmq(
    rabbitmqOptions(brokers, { confirmTimeoutMs: CONFIRM_TIMEOUT_MS }),
  );

  return {
    env: {
      ASYA_TRANSPORT: 'rabbitmq',
      ASYA_RABBITMQ_URL: `amqp://${USER}:${PASSWORD}@127.0.0.1:${network.port}/`,
      ASYA_CONFIRM_TIMEOUT: `${CONFIRM_TIMEOUT_MS}ms`,
    },
    transport,
    faults: { ...brokerFaults(broker), ...networkFaults(network), 'sidecar suspended': suspend },
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

function brokerFaults(broker: Broker): FaultyBroker['faults'] {
  const { control } = broker;
  return {
    'broker killed': () => restart(broker, 'kill'),
    'broker stopped': () => restart(broker, 'stop'),
    'memory alarm': () => raiseMemoryAlarm(control),
    'queue full': (run) => limitQueue(control, run),
    'queue deleted': (run) => deleteQueue(broker.url, run),
    'permission revoked': () => revokePermissions(control),
  };
}

function networkFaults(network: Proxy): FaultyBroker['faults'] {
  return {
    'connections reset': async () => network.resetConnections(),
    'black hole': async () => network.stopForwarding(),
    'half-open, broker gone': async () => network.halfOpen('server'),
    'half-open, clients gone': async () => network.halfOpen('client'),
    'slow network': async () => {
      network.setLatency(200);
      await sleep(4 * SECOND);
      network.setLatency(0);
    },
  };
}

async function suspend({ random, suspend: suspendSidecar }: RunControl): Promise<void> {
  await suspendSidecar(random.pick(['prep', 'split', 'infer']), 4 * SECOND);
}

async function restart(broker: Broker, method: 'kill' | 'stop'): Promise<void> {
  await broker[method]();
  await broker.start();
}

async function limitQueue(control: Rabbitmqctl, { random }: RunControl): Promise<void> {
  const queue = random.pick(['asya-split', 'asya-infer', 'asya-happy-end']);
  const limit = JSON.stringify({ 'max-length': 3, overflow: 'reject-publish' });
  await rabbitmqctl(control, 'set_policy', 'full', `^${queue}$`, limit, '--apply-to', 'queues');
  await sleep(FAULT_MS);
  await rabbitmqctl(control, 'clear_policy', 'full');
}

async function revokePermissions(control: Rabbitmqctl): Promise<void> {
  await rabbitmqctl(control, 'set_permissions', USER, '^$', '^$', '^$');
  await closeConnections(control);
  await sleep(FAULT_MS);
  await rabbitmqctl(control, 'set_permissions', USER, '.*', '.*', '.*');
}

async function raiseMemoryAlarm(control: Rabbitmqctl): Promise<void> {
  await setMemoryAlarm(control, true);
  await sleep(FAULT_MS);
  await setMemoryAlarm(control, false);
}

/** Deletes a queue without ready messages while the actor processes messages of it. */
async function deleteQueue(url: string, run: RunControl): Promise<void> {
  await run.runWhenIdle(async () => {
    const admin = await connect(url);
    try {
      const channel = await admin.createChannel();
      await run.sendSlow(3, 'infer', 2 * SECOND);
      const isEmpty = async (): Promise<boolean> =>
        (await channel.checkQueue('asya-infer')).messageCount === 0;
      await until(isEmpty, 'the queue has no ready messages');
      await channel.deleteQueue('asya-infer');
    } finally {
      await admin.close();
    }
  });
}
