import { connect, type ConfirmChannel } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { planTopology } from '../src/transport/rabbitmq/topology/plan.ts';
import { EXCHANGE, LIMIT_ACTOR, SIDECAR_ACTOR, SINK } from './worker.ts';

/** What the bench itself does on the broker: fills queues, and watches them run empty. */
export interface Queues {
  /** Publishes a message so often, confirmed. */
  fill(actor: string, body: Buffer, count: number): Promise<void>;
  /** Resolves when so many messages stand in the sink. */
  untilSunk(count: number): Promise<void>;
  /** Empties the sink, and whatever was left over. */
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
        // With an id, as all that comes from a sidecar has.
        channel.publish(EXCHANGE, actor, body, { persistent: true, messageId: randomUUID() });
        if (sent % MAX_UNCONFIRMED === 0) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    async untilSunk(count) {
      while ((await channel.checkQueue(`asya-${SINK}`)).messageCount < count) await sleep(POLL_MS);
    },
    async purge() {
      for (const actor of all) await channel.purgeQueue(`asya-${actor}`);
    },
    close: () => connection.close(),
  };
}

/** Declares an actor's queue as a sidecar would. */
async function declareAs(channel: ConfirmChannel, actor: string): Promise<void> {
  const topology = { actor, happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
  for (const queue of planTopology(topology, { exchange: EXCHANGE, queueType: 'quorum' }).queues) {
    await channel.assertQueue(queue.name, { arguments: queue.arguments });
    if (queue.bindingKey !== undefined)
      await channel.bindQueue(queue.name, EXCHANGE, queue.bindingKey);
  }
}
