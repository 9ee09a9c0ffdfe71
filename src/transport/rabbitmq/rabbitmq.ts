import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';
import type { Message } from '../message.ts';
import type { Topology } from '../queues.ts';
import type { Disconnect, TransportState } from '../transport.ts';
import type { QueueState } from '../inspection/inspectableTransport.ts';
import type { InspectableTransport } from '../inspection/inspectableTransport.ts';
import { connectToAny, type BrokerConnection, type ConnectOptions } from './connection/connect.ts';
import {
  openReconnectingConnection,
  type ReconnectingConnection,
} from './connection/reconnectingConnection.ts';
import { Consumer } from './consumer/consumer.ts';
import { ReplyQueues } from './consumer/replyQueue.ts';
import { createRepublish } from './consumer/republish.ts';
import { dropUndecodableHeaders } from './properties/decodableHeaders.ts';
import { CopyPublisher } from './publisher/copyPublisher.ts';
import { Publisher } from './publisher/publisher.ts';
import { QueueInspector } from './queueInspector.ts';
import { createStateReporter, type StateReporter } from './stateReporter.ts';
import { findClassicQueues } from './topology/classicQueues.ts';
import {
  addressOf,
  brokerQueueName,
  planTopology,
  type Address,
  type QueueType,
  type TopologyPlan,
} from './topology/plan.ts';
import { TopologyReconciler } from './topology/reconciler.ts';
import { WaitingCounter } from './waitingCounter.ts';

export interface RabbitmqOptions extends ConnectOptions {
  /** The topic exchange that carries envelopes from actor to actor. */
  readonly exchange: string;
  /** The type of the actor's own queue. */
  readonly queueType: QueueType;
  /** False: the exchange and the queues are only checked, never declared. */
  readonly autoCreate: boolean;
  /**
   * The longest interval between two checks of the exchange, the own queue and its binding, in
   * milliseconds.
   * @default 30,000
   */
  readonly checkIntervalMs?: number;
  /**
   * The time after which a consumer that the broker has not accepted is reported, in milliseconds.
   * @default 30,000
   */
  readonly consumeTimeoutMs?: number;
  /** The broker's time limit to confirm a publish, in milliseconds. */
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

const CHECK_INTERVAL_MS = 30 * SECOND;
const CONSUME_TIMEOUT_MS = 30 * SECOND;

/**
 * Opens a transport over RabbitMQ with two connections: one consumes and acks, the other publishes.
 * A memory or disk alarm blocks a connection at its next publish, and a blocked connection
 * completes no command, not even an ack.
 *
 *   consumes ── queue asya-<actor>
 *   publishes ─ topic exchange ─ <actor> ─▶ asya-<actor>
 *             └ "" ─▶ asya-<actor>:retry:<ms> ─ dead letters ─▶ asya-<actor>
 *             ├ "" ─▶ asya-<error-end>:parked
 *             └ "" ─▶ asya:reply:<id>
 *
 * Resolves at once and connects in the background. Without a topology nothing is declared.
 */
export async function openRabbitmq(options: RabbitmqOptions): Promise<InspectableTransport> {
  const closing = new AbortController();
  const parts = createParts(options, closing.signal);
  const { reconciler, publisher, consumer, inspector, waiting } = parts;
  const connections = openConnections(parts, options);
  return {
    receive: (queue, onDelivery, receiveOptions) => {
      reconciler?.include(brokerQueueName(queue));
      return consumer.receive(queue, onDelivery, receiveOptions);
    },
    send: (queue, message, { delayMs = 0 } = {}) =>
      parts.send(addressOf(queue, delayMs, options.exchange), message),
    ack: async (delivery) => consumer.ack(delivery),
    nack: (delivery) => consumer.nack(delivery),
    depth: async (queue) => {
      const state = await inspector.inspect(queue);
      return state?.exists === true ? state.ready : undefined;
    },
    inspect: (queue) => inspector.inspect(queue),
    countWaiting: async () => (await waiting?.count()) ?? {},
    sendCopy: (queue, copy) => parts.copies.send(queue, copy),
    openReplyQueue: (queue, replyOptions) => parts.replyQueues.open(queue, replyOptions),
    look: (queue, onMessage, lookOptions) => inspector.look(queue, onMessage, lookOptions),
    take: (queue, onMessage, takeOptions) => inspector.take(queue, onMessage, takeOptions),
    argumentProblem: (queue, errorEnd) => inspector.argumentProblem(queue, errorEnd),
    close: async () => {
      closing.abort();
      publisher.close();
      await Promise.all([consumer.close(), parts.replyQueues.close()]);
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

type Connect = (name: string) => Promise<BrokerConnection>;

/** The parts of a transport, in the order in which they depend on each other. */
interface Parts {
  readonly connect: Connect;
  readonly reporter: StateReporter;
  /** Undefined without a topology. */
  readonly reconciler: TopologyReconciler | undefined;
  readonly publisher: Publisher;
  readonly copies: CopyPublisher;
  readonly replyQueues: ReplyQueues;
  /** Publishes, and declares on-demand queues first. */
  readonly send: (to: Address, message: Message) => Promise<void>;
  readonly consumer: Consumer;
  readonly inspector: QueueInspector;
  /** Undefined without a topology. */
  readonly waiting: WaitingCounter | undefined;
}

function createParts(options: RabbitmqOptions, closed: AbortSignal): Parts {
  const { exchange, queueType, topology, onState, log } = options;
  const plan = topology && planTopology(topology, { exchange, queueType });
  const connect = createConnect(options);
  const reporter = createStateReporter(onState, plan === undefined ? [] : undefined);
  const reconciler = plan && createReconciler(plan, options, { connect, reporter, closed });
  const ready = async (): Promise<void> => reconciler?.ready();
  const publisher = new Publisher({
    confirmTimeoutMs: options.confirmTimeoutMs,
    ready,
    onBlocked: (blocked) => reporter.update({ blocked }),
    onUnroutable: (to) => reconciler?.onUnroutable(to),
    disconnectReason: reporter.disconnectReason,
    log,
  });
  const publish = (to: Address, message: Message): Promise<void> => publisher.send(to, message);
  const classicQueues = findClassicQueues(plan, reconciler, log);
  const consumer = new Consumer({
    ready,
    onProblem: reporter.setProblem,
    countsDeliveries: (queue) => !classicQueues.has(queue),
    republish: createRepublish(publisher, closed),
    consumeTimeoutMs: options.consumeTimeoutMs ?? CONSUME_TIMEOUT_MS,
    log,
  });
  reconciler?.events.on('declared', (queue) => consumer.abandon(queue));
  const inspector = new QueueInspector(reporter.disconnectReason);
  const inspect = (queue: string): Promise<QueueState | undefined> => inspector.inspect(queue);
  const waiting = topology && new WaitingCounter({ topology, inspect });
  reconciler?.events.on('neededOnDemand', (queue) => waiting?.onDeclared(queue));
  const send = reconciler?.wrapSend(publish) ?? publish;
  return {
    connect,
    reporter,
    reconciler,
    publisher,
    copies: new CopyPublisher(log),
    replyQueues: new ReplyQueues(() => connect('replies')),
    send,
    consumer,
    inspector,
    waiting,
  };
}

/** Returns a function that connects to the first broker that accepts. */
function createConnect(options: RabbitmqOptions): Connect {
  const { topology, log } = options;
  const title = `asya-sidecar ${topology?.actor ?? 'command'}`;
  return async (name) => {
    const connection = await connectToAny(options, `${title}: ${name}`);
    dropUndecodableHeaders(connection, (error) =>
      log.warn(
        { connection: name, reason: messageOf(error) },
        'message headers removed; not decodable',
      ),
    );
    return connection;
  };
}

function createReconciler(
  plan: TopologyPlan,
  { autoCreate, checkIntervalMs = CHECK_INTERVAL_MS, log }: RabbitmqOptions,
  parts: Pick<Parts, 'connect' | 'reporter'> & { readonly closed: AbortSignal },
): TopologyReconciler {
  return new TopologyReconciler({ plan, autoCreate, checkIntervalMs, log, ...parts });
}

function openConnections(
  { connect, reporter, reconciler, publisher, copies, consumer, inspector }: Parts,
  { log }: RabbitmqOptions,
): readonly ReconnectingConnection[] {
  const onDisconnect = (disconnect: Disconnect): void => reporter.update({ disconnect });
  return [
    openReconnectingConnection({
      name: 'consumes',
      connect,
      use: async (connection) => {
        inspector.attach(connection);
        await consumer.attach(connection);
        reconciler?.attach(connection);
      },
      onConnected: (consuming) => reporter.update({ consuming }),
      onDisconnect,
      log,
    }),
    openReconnectingConnection({
      name: 'publishes',
      connect,
      use: (connection) => {
        copies.attach(connection);
        return publisher.attach(connection);
      },
      // The broker reports an alarm again on the next connection.
      onConnected: (publishing) =>
        reporter.update(publishing ? { publishing } : { publishing, blocked: false }),
      onDisconnect,
      log,
    }),
  ];
}
