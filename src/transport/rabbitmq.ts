import type { ChannelModel } from 'amqplib';
import { createSleep, delayAfter } from '../backoff.ts';
import type { Log } from '../log.ts';
import { connectToAny, RECONNECT, type ConnectOptions } from './rabbitmq/connecting.ts';
import { createConsumer } from './rabbitmq/consumer.ts';
import { createDeclarer } from './rabbitmq/declaring.ts';
import { createDepthReader } from './rabbitmq/depth.ts';
import { openLink } from './rabbitmq/link.ts';
import { createPublisher } from './rabbitmq/publisher.ts';
import { createReport } from './rabbitmq/report.ts';
import { addressOf, isPlanned, planOf, queueName, type QueueType } from './topology.ts';
import type { CountingTransport, Delivery, Topology, TransportState } from './transport.ts';

export interface RabbitmqOptions extends ConnectOptions {
  /** The topic exchange that carries envelopes from actor to actor. */
  readonly exchange: string;
  /** The type of the actor's own queue. */
  readonly queueType: QueueType;
  /** False: exchange and queues are looked for, never made. */
  readonly autoCreate: boolean;
  /** How long the broker may take to confirm a publish, in milliseconds. */
  readonly confirmTimeoutMs: number;
  readonly log: Log;
}

/**
 * A transport over RabbitMQ, on two connections: one consumes and acks, one publishes. A memory or disk alarm
 * blocks whoever publishes, and a blocked connection hears nothing, not even the answer to an ack.
 *
 *   consumes ── queue asya-<actor>
 *   publishes ─ topic exchange ─ <actor> ─▶ asya-<actor>
 *             └ "" ─▶ asya-<actor>:retry:<ms> ─ dead letters ─▶ asya-<actor>
 *             └ "" ─▶ asya-<error-end>:parked
 *
 * Resolves at once and connects in the background. Without a topology nothing is declared.
 */
export async function openRabbitmq(
  options: RabbitmqOptions,
  topology: Topology | undefined,
  onState: (state: TransportState) => void,
): Promise<CountingTransport> {
  const { exchange, queueType, log } = options;
  const closing = new AbortController();
  const sleep = createSleep(closing.signal);
  const classic = new Set<string>();
  const title = `asya-sidecar ${topology?.actor ?? 'command'}`;
  const connect = (name: string): Promise<ChannelModel> => connectToAny(options, `${title}: ${name}`);
  const plan = topology && planOf(topology, { exchange, queueType });
  const report = createReport(onState, plan === undefined ? [] : undefined);
  const declarer =
    plan &&
    createDeclarer({
      plan,
      autoCreate: options.autoCreate,
      connect,
      onMissing: (undeclared) => report.set({ undeclared }),
      onDeclared: (queue) => consumer.leave(queue),
      onClassic,
      closed: closing.signal,
      log,
    });
  const ready = async (): Promise<void> => declarer?.ensure();

  const publisher = createPublisher({
    confirmTimeoutMs: options.confirmTimeoutMs,
    ready,
    onBlocked: (blocked) => report.set({ blocked }),
    onUnroutable: (to) => {
      if (plan !== undefined && isPlanned(to, plan)) ready().catch(() => {}); // closed meanwhile
    },
    log,
  });
  const consumer = createConsumer({
    ready,
    onMissing: report.setMissing,
    countsDeliveries: (queue) => !classic.has(queue),
    sendAgain,
    log,
  });
  const depth = createDepthReader();
  const links = [
    openLink({
      name: 'consumes',
      connect,
      serve: (connection) => {
        depth.serve(connection);
        return consumer.serve(connection);
      },
      onConnected: (consuming) => report.set({ consuming }),
      log,
    }),
    openLink({
      name: 'publishes',
      connect,
      serve: publisher.serve,
      onConnected: (publishing) => report.set({ publishing }),
      log,
    }),
  ];
  if (plan?.ownType === 'classic') onClassic(plan.own);

  function onClassic(queue: string): void {
    classic.add(queue);
    log.warn({ queue }, 'a classic queue does not count redeliveries: a poison message is not noticed');
  }

  /** Until it succeeds: no queue has the message any more. */
  async function sendAgain(delivery: Delivery): Promise<void> {
    const to = { exchange: '', routingKey: queueName(delivery.queue) };
    for (let failures = 1; ; failures++) {
      try {
        return await publisher.send(to, delivery);
      } catch (error) {
        if (closing.signal.aborted) throw error;
        await sleep(delayAfter(failures, RECONNECT));
      }
    }
  }

  return {
    receive: consumer.receive,
    send: (queue, message, { delayMs = 0 } = {}) =>
      publisher.send(addressOf(queue, delayMs, exchange), message),
    ack: async (delivery) => consumer.ack(delivery),
    nack: consumer.nack,
    depth: async (queue) => (await depth.read(queue))?.ready,
    inspect: depth.read,
    close: async () => {
      closing.abort();
      publisher.close();
      await consumer.close();
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
