import { parkedQueue, type Topology } from './transport.ts';

export type QueueType = 'quorum' | 'classic';

/** Where RabbitMQ is asked to put a message. The empty exchange takes a queue's name as routing key. */
export interface Address {
  readonly exchange: string;
  readonly routingKey: string;
}

type Arguments = Readonly<Record<string, string | number>>;

/** A queue as it is declared. */
export interface QueuePlan {
  readonly name: string;
  readonly arguments: Arguments;
  /** What a classic queue would have instead, ours or anybody's; empty where it does not matter. */
  readonly classicArguments: readonly Arguments[];
  /** The routing key that binds it to the exchange; undefined where only the empty exchange leads to it. */
  readonly boundBy: string | undefined;
}

/** All that a sidecar declares. What the later ones dead-letter to is among the earlier ones. */
export interface Plan {
  readonly exchange: string;
  /** The name of the actor's own queue. */
  readonly own: string;
  readonly ownType: QueueType;
  readonly queues: readonly QueuePlan[];
  readonly retryQueues: readonly QueuePlan[];
}

export interface PlanOptions {
  readonly exchange: string;
  /** The type of the actor's own queue; ends', retry and parked queues are always quorum queues. */
  readonly queueType: QueueType;
}

const PREFIX = 'asya-';
const RETRY = ':retry:';

/** The name of an actor's queue on the broker, or of its parked queue. */
export function queueName(queue: string): string {
  return `${PREFIX}${queue}`;
}

/** The port's name of a queue on the broker; another program's queue keeps its own. */
export function portName(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** Whether a queue on the broker is a retry queue. */
export function isRetryQueue(name: string): boolean {
  return name.startsWith(PREFIX) && name.includes(RETRY);
}

/** An actor's name has no colon in it, so what has one is the name of a queue that is not bound. */
export function addressOf(queue: string, delayMs: number, exchange: string): Address {
  if (delayMs > 0) return { exchange: '', routingKey: retryQueueName(queue, delayMs) };
  return queue.includes(':')
    ? { exchange: '', routingKey: queueName(queue) }
    : { exchange, routingKey: queue };
}

/** What is declared for an actor: its queue, the ends', error-end's parked queue, and a retry queue a delay. */
export function planOf(topology: Topology, options: PlanOptions): Plan {
  const { actor, happyEnd, errorEnd, retryDelaysMs } = topology;
  const ends = [...new Set([happyEnd, errorEnd])];
  const isEnd = ends.includes(actor);
  const delaysMs = [...new Set(retryDelaysMs)];
  return {
    exchange: options.exchange,
    own: queueName(actor),
    ownType: isEnd ? 'quorum' : options.queueType,
    queues: [
      ...(isEnd ? [] : [actorQueue(actor, errorEnd, options.queueType)]),
      ...ends.map((end) => actorQueue(end, errorEnd, 'quorum')),
      parked(errorEnd),
    ],
    retryQueues: delaysMs.map((delayMs) => retryQueue(actor, delayMs)),
  };
}

/** True when a message that cannot be routed there shows that something of the plan is gone. */
export function isPlanned({ exchange, routingKey }: Address, { queues, retryQueues }: Plan): boolean {
  return exchange === ''
    ? [...queues, ...retryQueues].some(({ name }) => name === routingKey)
    : queues.some(({ boundBy }) => boundBy === routingKey);
}

function actorQueue(actor: string, errorEnd: string, type: QueueType): QueuePlan {
  const common = {
    ...OVERFLOW,
    ...deadLetterTo(queueName(actor === errorEnd ? parkedQueue(errorEnd) : errorEnd)),
  };
  const quorum = { ...QUORUM, ...common };
  const classic = { ...CLASSIC, ...common };
  return {
    name: queueName(actor),
    arguments: type === 'quorum' ? quorum : classic,
    classicArguments: type === 'quorum' ? [classic, CLASSIC] : [],
    boundBy: actor,
  };
}

function parked(errorEnd: string): QueuePlan {
  return unbound(queueName(parkedQueue(errorEnd)), {
    'x-queue-type': 'quorum',
    ...UNLIMITED,
    ...OVERFLOW,
  });
}

function retryQueue(actor: string, delayMs: number): QueuePlan {
  return unbound(retryQueueName(actor, delayMs), {
    ...QUORUM,
    ...OVERFLOW,
    ...deadLetterTo(queueName(actor)),
    // Never `x-expires`: it deletes a queue with what is in it.
    'x-message-ttl': delayMs,
  });
}

function unbound(name: string, args: Arguments): QueuePlan {
  return { name, arguments: args, classicArguments: [], boundBy: undefined };
}

// The delay is in the name: another setting makes another queue, and no old queue keeps its old delay.
function retryQueueName(actor: string, delayMs: number): string {
  return `${queueName(actor)}${RETRY}${delayMs}`;
}

function deadLetterTo(name: string) {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': name };
}

// With no limit RabbitMQ 4 drops a message after 21 deliveries; -1 drops at the first redelivery on 3.10, and
// a nacked message goes to the tail of its queue unless there is a positive limit.
const UNLIMITED = { 'x-delivery-limit': 1_000_000_000 };
const QUORUM = { 'x-queue-type': 'quorum', ...UNLIMITED, 'x-dead-letter-strategy': 'at-least-once' };
// Classic queues refuse a delivery limit and a dead-letter strategy.
const CLASSIC = { 'x-queue-type': 'classic' };
// A full queue refuses what is published, instead of dropping what it has.
const OVERFLOW = { 'x-overflow': 'reject-publish' };
