import { pino } from 'pino';
import { readConfig, type Config } from '../../src/config.ts';
import { openTransport } from '../../src/transport/open.ts';
import { connectToAny } from '../../src/transport/rabbitmq/connecting.ts';
import { planOf } from '../../src/transport/topology.ts';
import { PIPELINE } from '../pipeline/actors.ts';
import type { Place } from './place.ts';

/** Sends to the first actor of the pipeline. */
export interface Sender {
  /** Resolves when the broker has taken it. */
  send(body: Buffer): Promise<void>;
  close(): Promise<void>;
}

export async function openSender(place: Place): Promise<Sender> {
  const [first] = configsOf(place);
  if (first === undefined) throw new Error('the pipeline has no actor');
  const transport = await openTransport(first, undefined, () => {}, pino({ level: 'silent' }));
  const headers = (): { 'asya-published-at': number } => ({ 'asya-published-at': Date.now() });
  return {
    send: (body) => transport.send(first.actor, { body, headers: headers() }),
    close: () => transport.close(),
  };
}

/** Leaves nothing of the demo on a broker; the other transport is a file, and goes with its folder. */
export async function sweepBroker(place: Place): Promise<void> {
  for (const config of configsOf(place)) {
    if (config.transport === 'rabbitmq') await deletePlan(config);
  }
}

function configsOf(place: Place): Config[] {
  const actors = [...PIPELINE.map(({ name }) => place.actor(name)), place.happyEnd, place.errorEnd];
  return actors.map((actor) => readConfig(place.environment(actor)).config);
}

/** Deletes what a sidecar has declared; what is not there any more is no error. */
async function deletePlan({ actor, happyEnd, errorEnd, rabbitmq, retry }: Config): Promise<void> {
  const topology = { actor, happyEnd, errorEnd, retryDelaysMs: retry.backoffMs };
  const plan = planOf(topology, rabbitmq);
  const connection = await connectToAny(rabbitmq, 'asya-demo');
  try {
    const channel = await connection.createChannel();
    for (const { name } of [...plan.queues, ...plan.retryQueues]) await channel.deleteQueue(name);
    await channel.deleteExchange(plan.exchange);
  } finally {
    await connection.close();
  }
}
