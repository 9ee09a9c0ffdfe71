import type { ChannelModel } from 'amqplib';
import { createSleep, delayAfter } from '../../backoff.ts';
import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { connectToAny, RECONNECT, type ConnectOptions } from './connection/connect.ts';
import { createConsumer } from './consumer/consumer.ts';
import { leaveOutUndecodableHeaders } from './properties/decodableHeaders.ts';
import { createDepthReader } from './queueInspector.ts';
import { createKeeper } from './topology/reconciler.ts';
import { openLink } from './connection/reconnectingConnection.ts';
import { createPublisher } from './publisher/publisher.ts';
import { createReport } from './stateReporter.ts';
import { addressOf, planTopology, brokerQueueName, type QueueType } from './topology/plan.ts';
import type { Topology } from '../queues.ts';
import type { InspectableTransport, Delivery, Disconnect, TransportState } from '../transport.ts';

export interface RabbitmqOptions extends ConnectOptions {
  /** The topic exchange that carries envelopes from actor to actor. */
  readonly exchange: string;
  /** The type of the actor's own queue. */
  readonly queueType: QueueType;
  /** False: exchange and queues are looked for, never declared. */
  readonly autoCreate: boolean;
  /**
   * The longest time between two checks that exchange, own queue and binding exist, in
   * milliseconds.
   * @default 30,000
   */
  readonly checkIntervalMs?: number;
  /** How long the broker may take to confirm a publish, in milliseconds. */
  readonly confirmTimeoutMs: number;
  /**
   * The queues to declare. Commands that only send or inspect omit it.
   * @default nothing is declared
   */
  readonly topology?: Topology | undefined;
  /** Called when the transport opens and after each change. */
  readonly onState: (state: TransportState) => void;
  readonly log: Log;
}

const CHECK_INTERVAL_MS = 30_000;

/**
 * A transport over RabbitMQ, on two connections: one consumes and acks, one publishes. A memory or
 * disk alarm blocks a connection from its first publish on, and nothing completes on a blocked
 * connection, not even an ack.
 *
 *   consumes ── queue asya-<actor>
 *   publishes ─ topic exchange ─ <actor> ─▶ asya-<actor>
 *             └ "" ─▶ asya-<actor>:retry:<ms> ─ dead letters ─▶ asya-<actor>
 *             └ "" ─▶ asya-<error-end>:parked
 *
 * Resolves at once and connects in the background. Without a topology nothing is declared.
 */
export async function openRabbitmq(options: RabbitmqOptions): Promise<InspectableTransport> {
  const { exchange, queueType, topology, onState, log } = options;
  const closing = new AbortController();
  const sleep = createSleep(closing.signal);
  const classic = new Set<string>();
  const title = `asya-sidecar ${topology?.actor ?? 'command'}`;
  const connect = async (name: string): Promise<ChannelModel> => {
    const connection = await connectToAny(options, `${title}: ${name}`);
    leaveOutUndecodableHeaders(connection, (error) =>
      log.warn(
        { connection: name, reason: messageOf(error) },
        'message headers left out: they cannot be decoded',
      ),
    );
    return connection;
  };
  const plan = topology && planTopology(topology, { exchange, queueType });
  const report = createReport(onState, plan === undefined ? [] : undefined);
  const keeper =
    plan &&
    createKeeper({
      plan,
      autoCreate: options.autoCreate,
      checkIntervalMs: options.checkIntervalMs ?? CHECK_INTERVAL_MS,
      connect,
      report,
      onDeclared: (queue) => consumer.leave(queue),
      onClassic,
      closed: closing.signal,
      log,
    });
  const ready = async (): Promise<void> => keeper?.ready();

  const publisher = createPublisher({
    confirmTimeoutMs: options.confirmTimeoutMs,
    ready,
    onBlocked: (blocked) => report.set({ blocked }),
    onUnroutable: (to) => keeper?.unroutable(to),
    log,
  });
  const send = keeper?.keepRoutable(publisher.send) ?? publisher.send;
  const consumer = createConsumer({
    ready,
    onProblem: report.setProblem,
    countsDeliveries: (queue) => !classic.has(queue),
    sendAgain,
    log,
  });
  const depth = createDepthReader();
  const onDisconnect = (disconnect: Disconnect): void => report.set({ disconnect });
  const links = [
    openLink({
      name: 'consumes',
      connect,
      serve: async (connection) => {
        depth.serve(connection);
        await consumer.serve(connection);
        keeper?.serve(connection);
      },
      onConnected: (consuming) => report.set({ consuming }),
      onDisconnect,
      log,
    }),
    openLink({
      name: 'publishes',
      connect,
      serve: publisher.serve,
      onConnected: (publishing) => report.set({ publishing }),
      onDisconnect,
      log,
    }),
  ];
  if (plan?.ownQueueType === 'classic') onClassic(plan.ownQueue);

  function onClassic(queue: string): void {
    classic.add(queue);
    log.warn(
      { queue },
      'classic queue does not count redeliveries; poison messages are not detected',
    );
  }

  /** Publishes a message that no queue has any more, until it succeeds. */
  async function sendAgain(delivery: Delivery): Promise<void> {
    const to = { exchange: '', routingKey: brokerQueueName(delivery.queue) };
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
    receive: (queue, onDelivery, receiveOptions) => {
      keeper?.consume(brokerQueueName(queue));
      return consumer.receive(queue, onDelivery, receiveOptions);
    },
    send: (queue, message, { delayMs = 0 } = {}) =>
      send(addressOf(queue, delayMs, exchange), message),
    ack: async (delivery) => consumer.ack(delivery),
    nack: consumer.nack,
    depth: async (queue) => {
      const state = await depth.read(queue);
      return state?.exists === true ? state.ready : undefined;
    },
    inspect: depth.read,
    close: async () => {
      closing.abort();
      publisher.close();
      await consumer.close();
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
