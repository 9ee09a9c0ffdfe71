import { connect, type Channel } from 'amqplib';
import { parseBrokerUrls } from '../src/config/formats/brokerUrls.ts';
import { openRabbitmq } from '../src/transport/rabbitmq/rabbitmq.ts';
import {
  planTopology,
  type QueuePlan,
  type QueueType,
} from '../src/transport/rabbitmq/topology/plan.ts';
import type { Topology } from '../src/transport/queues.ts';
import type { TransportState } from '../src/transport/transport.ts';
import { MINUTE, SECOND } from '../src/units.ts';
import { readPeriodically, type PeriodicReading } from '../telemetry/metrics/periodicReading.ts';
import { rabbitmqOptions } from '../test/kit/brokers/rabbitmqOptions.ts';
import { EXCHANGE } from './worker.ts';

/** The actors of a pipeline, each with one sidecar. */
export interface Actors {
  readonly count: number;
  readonly queueType: QueueType;
  /** The number of retry queues of each actor that exist. */
  readonly retryQueues: number;
}

/** The transports of sidecars that wait for messages. */
export interface IdleActors {
  close(): Promise<void>;
}

/** The default of `ASYA_RETRY_BACKOFF`. */
const RETRY_DELAYS_MS = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE];
/** The intervals at which a sidecar reads the depths of its queues for its metrics. */
const DEPTH_INTERVAL_MS = 15 * SECOND;
const WAITING_INTERVAL_MS = MINUTE;
const OPENED_AT_ONCE = 10;
const CHANNELS = 8;

/** Declares the queues of all actors, those of the ends included, as sidecars declare them. */
export async function declareQueues(amqpUrl: string, actors: Actors): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channels = await Promise.all(
    Array.from({ length: CHANNELS }, () => connection.createChannel()),
  );
  await channels[0]?.assertExchange(EXCHANGE, 'topic');
  const plans = plansOf(actors).values();
  await Promise.all(
    channels.map(async (channel) => {
      for (const plan of plans) await declare(channel, plan);
    }),
  );
  await connection.close();
}

/**
 * Opens the transport of each actor with a consumer, a check of its topology every 30 s at most,
 * and the readings of its metrics: all that a sidecar asks of the broker while it waits for
 * messages. They share this process, which needs far less memory than a process for each.
 */
export async function openIdleActors(amqpUrl: string, actors: Actors): Promise<IdleActors> {
  const opened: IdleActors[] = [];
  const names = namesOf(actors).values();
  const openRest = async (): Promise<void> => {
    for (const name of names) opened.push(await openIdleActor(amqpUrl, name, actors.queueType));
  };
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, openRest));
  return { close: async () => void (await Promise.all(opened.map((actor) => actor.close()))) };
}

async function openIdleActor(
  amqpUrl: string,
  actor: string,
  queueType: QueueType,
): Promise<IdleActors> {
  const readings: PeriodicReading<unknown>[] = [];
  const transport = await openRabbitmq({
    ...rabbitmqOptions(parseBrokerUrls(amqpUrl) ?? [], { queueType }),
    topology: topologyOf(actor, RETRY_DELAYS_MS),
    onState: (state: TransportState) => readings.forEach((reading) => reading.onState(state)),
  });
  await transport.receive(
    actor,
    () => {
      throw new Error(`queue of ${actor} is not empty`);
    },
    { prefetch: 1 },
  );
  readings.push(
    readPeriodically({
      read: () => transport.depth(actor),
      intervalMs: DEPTH_INTERVAL_MS,
    }),
    readPeriodically({
      read: () => transport.countWaiting(),
      intervalMs: WAITING_INTERVAL_MS,
      firstDelayMs: WAITING_INTERVAL_MS * Math.random(),
    }),
  );
  return {
    async close() {
      readings.forEach((reading) => reading.stop());
      await transport.close();
    },
  };
}

/** The queues of all actors, each once. */
function plansOf(actors: Actors): readonly QueuePlan[] {
  const delaysMs = RETRY_DELAYS_MS.slice(0, actors.retryQueues);
  const plans = namesOf(actors).flatMap((name) => {
    const topology = topologyOf(name, delaysMs);
    const plan = planTopology(topology, { exchange: EXCHANGE, queueType: actors.queueType });
    return [...plan.queues, ...plan.onDemandQueues];
  });
  return [...new Map(plans.map((plan) => [plan.name, plan])).values()];
}

function namesOf({ count }: Actors): readonly string[] {
  return Array.from({ length: count }, (_, index) => `actor-${index + 1}`);
}

function topologyOf(actor: string, retryDelaysMs: readonly number[]): Topology {
  return { actor, happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs };
}

async function declare(channel: Channel, plan: QueuePlan): Promise<void> {
  await channel.assertQueue(plan.name, { arguments: plan.arguments });
  if (plan.bindingKey !== undefined) await channel.bindQueue(plan.name, EXCHANGE, plan.bindingKey);
}
