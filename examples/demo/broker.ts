import type { Channel, ChannelModel } from 'amqplib';
import { pino } from 'pino';
import { readConfig, type Config } from '../../src/config/config.ts';
import { TRANSPORT_HEADER } from '../../src/transport/message.ts';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { openTransport } from '../../src/transport/open.ts';
import { connectToAny } from '../../src/transport/rabbitmq/connection/connect.ts';
import { planTopology } from '../../src/transport/rabbitmq/topology/plan.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Deployment } from './deployment.ts';
import type { DemoEnvelope } from './scenarios.ts';

export interface Sender {
  /** Resolves when the broker has confirmed the envelope. */
  send(envelope: DemoEnvelope): Promise<void>;
  close(): Promise<void>;
}

export async function openSender(deployment: Deployment): Promise<Sender> {
  const transport = await openQueues(deployment);
  return {
    send: (envelope) => sendEnvelope(transport, envelope),
    close: () => transport.close(),
  };
}

/** Opens a transport that declares no queue. */
export function openQueues(deployment: Deployment): Promise<InspectableTransport> {
  const config = configOf(deployment.happyEnd, deployment);
  return openTransport({ config, onState: () => {}, log: pino({ level: 'silent' }) });
}

/** Resolves when the broker has confirmed the envelope. */
export function sendEnvelope(transport: Transport, { to, body }: DemoEnvelope): Promise<void> {
  return transport.send(to, { body, headers: { [TRANSPORT_HEADER.publishedAt]: Date.now() } });
}

/**
 * Connects to RabbitMQ and disconnects. Does nothing on SQLite.
 * @throws {Error} when RabbitMQ accepts no connection
 */
export async function checkBroker(deployment: Deployment): Promise<void> {
  await withConnection(deployment, () => Promise.resolve());
}

/** Deletes the queues and the exchange of the demo from RabbitMQ. Does nothing on SQLite. */
export async function deleteQueues(deployment: Deployment): Promise<void> {
  await withConnection(deployment, async (connection) => {
    const channel = await connection.createChannel();
    for (const actor of deployment.actors)
      await deleteTopology(channel, configOf(actor, deployment));
  });
}

async function withConnection(
  deployment: Deployment,
  use: (connection: ChannelModel) => Promise<void>,
): Promise<void> {
  const config = configOf(deployment.happyEnd, deployment);
  if (config.transport !== 'rabbitmq') return;
  const connection = await connectToAny(config.rabbitmq, 'asya-demo');
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

/** RabbitMQ reports no error for a queue or an exchange that does not exist. */
async function deleteTopology(channel: Channel, config: Config): Promise<void> {
  const { actor, happyEnd, errorEnd, rabbitmq, retry } = config;
  const topology = { actor, happyEnd, errorEnd, retryDelaysMs: retry.backoffMs };
  const plan = planTopology(topology, rabbitmq);
  for (const { name } of [...plan.queues, ...plan.onDemandQueues]) await channel.deleteQueue(name);
  await channel.deleteExchange(plan.exchange);
}

function configOf(actor: string, deployment: Deployment): Config {
  return readConfig(deployment.environment(actor)).config;
}
