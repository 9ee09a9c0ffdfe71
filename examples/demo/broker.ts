import type { Channel, ChannelModel } from 'amqplib';
import { pino } from 'pino';
import { readConfig, type Config } from '../../src/config/config.ts';
import { TRANSPORT_HEADER } from '../../src/transport/message.ts';
import { openTransport } from '../../src/transport/open.ts';
import { connectToAny } from '../../src/transport/rabbitmq/connection/connect.ts';
import { planTopology } from '../../src/transport/rabbitmq/topology/plan.ts';
import type { DemoEnvelope } from './scenarios.ts';
import type { Deployment } from './deployment.ts';

export interface Sender {
  /** Resolves when the broker has taken it. */
  send(parcel: DemoEnvelope): Promise<void>;
  close(): Promise<void>;
}

export async function openSender(place: Deployment): Promise<Sender> {
  const config = configOf(place.happyEnd, place);
  const transport = await openTransport({
    config,
    onState: () => {},
    log: pino({ level: 'silent' }),
  });
  return {
    send: ({ to, body }) =>
      transport.send(to, { body, headers: { [TRANSPORT_HEADER.publishedAt]: Date.now() } }),
    close: () => transport.close(),
  };
}

/** @throws {Error} when there is a broker to connect to, and it takes no connection */
export async function reachBroker(place: Deployment): Promise<void> {
  await withConnection(place, () => Promise.resolve());
}

/**
 * Leaves nothing of the demo on a broker; where there is none, everything goes with the demo's
 * folder.
 */
export async function sweepBroker(place: Deployment): Promise<void> {
  await withConnection(place, async (connection) => {
    const channel = await connection.createChannel();
    for (const actor of place.actors) await deleteWhatIsDeclared(channel, configOf(actor, place));
  });
}

async function withConnection(
  place: Deployment,
  use: (connection: ChannelModel) => Promise<void>,
): Promise<void> {
  const config = configOf(place.happyEnd, place);
  if (config.transport !== 'rabbitmq') return;
  const connection = await connectToAny(config.rabbitmq, 'asya-demo');
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

/** What is not there any more is no error. */
async function deleteWhatIsDeclared(channel: Channel, config: Config): Promise<void> {
  const { actor, happyEnd, errorEnd, rabbitmq, retry } = config;
  const plan = planTopology(
    { actor, happyEnd, errorEnd, retryDelaysMs: retry.backoffMs },
    rabbitmq,
  );
  for (const { name } of [...plan.queues, ...plan.onDemandQueues]) await channel.deleteQueue(name);
  await channel.deleteExchange(plan.exchange);
}

function configOf(actor: string, place: Deployment): Config {
  return readConfig(place.environment(actor)).config;
}
