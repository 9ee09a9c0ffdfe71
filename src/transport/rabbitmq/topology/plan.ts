import { parkedQueue, RETRY_SEPARATOR, retryQueue, type Topology } from '../../queues.ts';

export type QueueType = 'quorum' | 'classic';

/** The address of a publish. The empty exchange takes a queue's name as routing key. */
export interface Address {
  readonly exchange: string;
  readonly routingKey: string;
}

type Arguments = Readonly<Record<string, string | number>>;

/** A queue as it is declared. */
export interface QueuePlan {
  readonly name: string;
  readonly arguments: Arguments;
  /**
   * The routing key of its binding to the exchange; undefined where only the empty exchange leads
   * to it.
   */
  readonly bindingKey: string | undefined;
}

/** The exchange and the queues of a sidecar. */
export interface TopologyPlan {
  readonly exchange: string;
  /** The name of the actor's own queue. */
  readonly ownQueue: string;
  readonly ownQueueType: QueueType;
  /** The actor's own queue and the ends' queues: declared at start. */
  readonly queues: readonly QueuePlan[];
  /** Error-end's parked queue and the actor's retry queues: declared before their first message. */
  readonly onDemandQueues: readonly QueuePlan[];
}

export interface PlanOptions {
  readonly exchange: string;
  /** The type of the actor's own queue; ends', retry and parked queues are always quorum queues. */
  readonly queueType: QueueType;
}

const PREFIX = 'asya-';

/** The name of an actor's queue on the broker, or of its parked queue. */
export function brokerQueueName(queue: string): string {
  return `${PREFIX}${queue}`;
}

/** The port's name of a queue on the broker; another program's queue keeps its own. */
export function portQueueName(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** Whether a queue on the broker is a retry queue. */
export function isRetryQueue(name: string): boolean {
  return name.startsWith(PREFIX) && name.includes(RETRY_SEPARATOR);
}

/**
 * The address of an actor's queue, of its retry queue for a delay, or of a parked queue, whose name
 * has a colon.
 */
export function addressOf(queue: string, delayMs: number, exchange: string): Address {
  if (delayMs > 0) return { exchange: '', routingKey: brokerQueueName(retryQueue(queue, delayMs)) };
  return queue.includes(':')
    ? { exchange: '', routingKey: brokerQueueName(queue) }
    : { exchange, routingKey: queue };
}

/**
 * The plan of an actor: its queue, the ends' queues, error-end's parked queue, and one retry queue
 * for each delay.
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
      ...(isEnd ? [] : [actorQueue(actor, errorEnd, options.queueType)]),
      ...ends.map((end) => actorQueue(end, errorEnd, 'quorum')),
    ],
    onDemandQueues: [
      parked(errorEnd),
      ...delaysMs.map((delayMs) => planRetryQueue(actor, delayMs)),
    ],
  };
}

function actorQueue(actor: string, errorEnd: string, type: QueueType): QueuePlan {
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

function parked(errorEnd: string): QueuePlan {
  return unbound(brokerQueueName(parkedQueue(errorEnd)), {
    'x-queue-type': 'quorum',
    ...UNLIMITED,
    ...OVERFLOW,
  });
}

function planRetryQueue(actor: string, delayMs: number): QueuePlan {
  return unbound(brokerQueueName(retryQueue(actor, delayMs)), {
    ...QUORUM,
    ...OVERFLOW,
    ...deadLetterTo(brokerQueueName(actor)),
    // Never `x-expires`: it deletes a queue together with its messages.
    'x-message-ttl': delayMs,
  });
}

function unbound(name: string, args: Arguments): QueuePlan {
  return { name, arguments: args, bindingKey: undefined };
}

function deadLetterTo(name: string) {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': name };
}

// Without a limit RabbitMQ 4 drops a message after 21 deliveries; with -1, 3.10 drops it at the
// first redelivery. Only a positive limit keeps a nacked message at the head of its queue.
const UNLIMITED = { 'x-delivery-limit': 1_000_000_000 };
const QUORUM = {
  'x-queue-type': 'quorum',
  ...UNLIMITED,
  'x-dead-letter-strategy': 'at-least-once',
};
// Classic queues refuse a delivery limit and a dead-letter strategy.
const CLASSIC = { 'x-queue-type': 'classic' };
// A full queue refuses a publish instead of dropping its oldest message.
const OVERFLOW = { 'x-overflow': 'reject-publish' };
