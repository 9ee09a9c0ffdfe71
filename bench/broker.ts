import { connect, type ConfirmChannel } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { planTopology } from '../src/transport/rabbitmq/topology/plan.ts';
import { EXCHANGE, LIMIT_ACTOR, SIDECAR_ACTOR, SINK } from './worker.ts';

/** The queues of a benchmark. */
export interface Queues {
  /** Publishes `count` copies of a message and awaits their confirms. */
  fill(actor: string, body: Buffer, count: number): Promise<void>;
  /** Resolves when the sink contains `count` messages. */
  untilInSink(count: number): Promise<void>;
  /** Removes all messages from all queues. */
  purge(): Promise<void>;
  readonly channel: ConfirmChannel;
  close(): Promise<void>;
}

const POLL_MS = 10;
const MAX_UNCONFIRMED = 500;

export async function openQueues(amqpUrl: string, actors = [SIDECAR_ACTOR]): Promise<Queues> {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(EXCHANGE, 'topic');
  const all = [SINK, LIMIT_ACTOR, ...actors];
  for (const actor of all) await declareAs(channel, actor);

  return {
    channel,
    async fill(actor, body, count) {
      for (let sent = 0; sent < count; sent++) {
        // Messages of a sidecar have an id.
        channel.publish(EXCHANGE, actor, body, { persistent: true, messageId: randomUUID() });
        if (sent % MAX_UNCONFIRMED === 0) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    async untilInSink(count) {
      while ((await channel.checkQueue(`asya-${SINK}`)).messageCount < count) await sleep(POLL_MS);
    },
    async purge() {
      for (const actor of all) await channel.purgeQueue(`asya-${actor}`);
    },
    close: () => connection.close(),
  };
}

/** Declares an actor's queue as a sidecar does. */
async function declareAs(channel: ConfirmChannel, actor: string): Promise<void> {
  const topology = { actor, happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
  for (const queue of planTopology(topology, { exchange: EXCHANGE, queueType: 'quorum' }).queues) {
    await channel.assertQueue(queue.name, { arguments: queue.arguments });
    if (queue.bindingKey !== undefined)
      await channel.bindQueue(queue.name, EXCHANGE, queue.bindingKey);
  }
}
