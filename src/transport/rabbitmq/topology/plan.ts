import { parkedQueue, RETRY_SEPARATOR, retryQueue, type Topology } from '../../queues.ts';

export type QueueType = 'quorum' | 'classic';

/**
 * The address of a publish. The default exchange `""` routes to the queue named by the routing key.
 */
export interface Address {
  readonly exchange: string;
  readonly routingKey: string;
}

type Arguments = Readonly<Record<string, string | number>>;

/** The name, arguments and binding with which a queue is declared. */
export interface QueuePlan {
  readonly name: string;
  readonly arguments: Arguments;
  /** The key that binds the queue to the exchange; undefined for a queue without a binding. */
  readonly bindingKey: string | undefined;
}

/** The exchange and the queues that a sidecar needs. */
export interface TopologyPlan {
  readonly exchange: string;
  /** The name of the actor's own queue. */
  readonly ownQueue: string;
  readonly ownQueueType: QueueType;
  /** The actor's own queue and the queues of the ends, which are declared at start. */
  readonly queues: readonly QueuePlan[];
  /**
   * The parked queue of error-end and the actor's retry queues, which are declared before their
   * first message.
   */
  readonly onDemandQueues: readonly QueuePlan[];
}

export interface PlanOptions {
  readonly exchange: string;
  /** The type of the actor's own queue. All other queues are quorum queues. */
  readonly queueType: QueueType;
}

const PREFIX = 'asya-';

/** Returns the broker's name of an actor's queue or of a parked queue. */
export function brokerQueueName(queue: string): string {
  return `${PREFIX}${queue}`;
}

/** Returns the port's name of a queue. The name of a queue without the prefix is unchanged. */
export function portQueueName(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** Reports whether a name on the broker is that of a retry queue. */
export function isRetryQueue(name: string): boolean {
  return name.startsWith(PREFIX) && name.includes(RETRY_SEPARATOR);
}

/**
 * Returns the address of an actor's queue, of its retry queue for a delay, or of a parked queue.
 * The name of a parked queue contains a colon.
 */
export function addressOf(queue: string, delayMs: number, exchange: string): Address {
  if (delayMs > 0) return { exchange: '', routingKey: brokerQueueName(retryQueue(queue, delayMs)) };
  return queue.includes(':')
    ? { exchange: '', routingKey: brokerQueueName(queue) }
    : { exchange, routingKey: queue };
}

/**
 * Plans the queues of an actor: its own queue, the queues of the ends, error-end's parked queue,
 * and one retry queue for each delay.
 */
export function planTopology(topology: Topology, options: PlanOptions): TopologyPlan {
  const { actor, happyEnd, errorEnd, retryDelaysMs } = topology;
  const ends = [...new Set([happyEnd, errorEnd])];
  const isEnd = ends.includes(actor);
  const delaysMs = [...new Set(retryDelaysMs)];
  return {
    exchange: options.exchange,
    ownQueue: brokerQueueName(actor),
    ownQueueType: isEnd ? 'quorum' : options.queueType,
    queues: [
      ...(isEnd ? [] : [planActorQueue(actor, errorEnd, options.queueType)]),
      ...ends.map((end) => planActorQueue(end, errorEnd, 'quorum')),
    ],
    onDemandQueues: [
      planParkedQueue(errorEnd),
      ...delaysMs.map((delayMs) => planRetryQueue(actor, delayMs)),
    ],
  };
}

/**
 * Plans the queue of an actor, a retry queue or a parked queue.
 * @param queue the port's name of the queue
 */
export function planQueue(queue: string, errorEnd: string): QueuePlan {
  const [actor = '', delayMs] = queue.split(RETRY_SEPARATOR);
  if (delayMs !== undefined) return planRetryQueue(actor, Number(delayMs));
  if (queue === parkedQueue(errorEnd)) return planParkedQueue(errorEnd);
  return planActorQueue(queue, errorEnd, 'quorum');
}

function planActorQueue(actor: string, errorEnd: string, type: QueueType): QueuePlan {
  const common = {
    ...OVERFLOW,
    ...deadLetterTo(brokerQueueName(actor === errorEnd ? parkedQueue(errorEnd) : errorEnd)),
  };
  return {
    name: brokerQueueName(actor),
    arguments: { ...(type === 'quorum' ? QUORUM : CLASSIC), ...common },
    bindingKey: actor,
  };
}

function planParkedQueue(errorEnd: string): QueuePlan {
  return unboundQueue(brokerQueueName(parkedQueue(errorEnd)), {
    'x-queue-type': 'quorum',
    ...UNLIMITED,
    ...OVERFLOW,
  });
}

function planRetryQueue(actor: string, delayMs: number): QueuePlan {
  return unboundQueue(brokerQueueName(retryQueue(actor, delayMs)), {
    ...QUORUM,
    ...OVERFLOW,
    ...deadLetterTo(brokerQueueName(actor)),
    // `x-expires` would delete the queue together with its messages.
    'x-message-ttl': delayMs,
  });
}

function unboundQueue(name: string, args: Arguments): QueuePlan {
  return { name, arguments: args, bindingKey: undefined };
}

function deadLetterTo(name: string) {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': name };
}

/**
 * A limit that is never reached. Without one RabbitMQ 4 drops a message after 21 deliveries; with
 * -1, RabbitMQ 3.10 drops it at the first redelivery. Only with a positive limit does a nacked
 * message stay at the head of its queue.
 */
const UNLIMITED = { 'x-delivery-limit': 1_000_000_000 };
const QUORUM = {
  'x-queue-type': 'quorum',
  ...UNLIMITED,
  'x-dead-letter-strategy': 'at-least-once',
};
/** Classic queues have neither a delivery limit nor a dead-letter strategy. */
const CLASSIC = { 'x-queue-type': 'classic' };
/** A full queue refuses a publish instead of dropping its oldest message. */
const OVERFLOW = { 'x-overflow': 'reject-publish' };
