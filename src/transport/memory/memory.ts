import { LinkedList } from '../../linkedList.ts';
import { SECOND } from '../../units.ts';
import type { Message } from '../message.ts';
import { parkedQueue, queuesOf, type Topology } from '../queues.ts';
import {
  SendError,
  type Delivery,
  OpenError,
  type ReceiveOptions,
  type ReplyQueue,
  type ReplyQueueOptions,
  type Subscription,
  type TransportState,
} from '../transport.ts';
import { type QueueState } from '../inspection/inspectableTransport.ts';
import { type WaitingCounts } from '../inspection/inspectableTransport.ts';
import { type InspectableTransport } from '../inspection/inspectableTransport.ts';
import { LookError } from '../inspection/queueReader.ts';
import { type Look } from '../inspection/queueReader.ts';
import { type QueuedMessage } from '../inspection/queueReader.ts';
import { type Take } from '../inspection/queueReader.ts';
import { type LookOptions } from '../inspection/queueReader.ts';
import type { BrokerState, MemoryBroker } from './broker.ts';
import { Consumer, MemoryDelivery } from './consumer.ts';
import type { MemoryQueue } from './queue.ts';
import { MemoryTake, toQueuedMessage } from './take.ts';

export interface MemoryOptions {
  readonly broker: MemoryBroker;
  /** The queues to declare. */
  readonly topology: Topology;
  /** Called when the transport opens and after each change. */
  readonly onState: (state: TransportState) => void;
  /**
   * How long a send waits for a connection, in milliseconds.
   * @default 30,000
   */
  readonly confirmTimeoutMs?: number;
}

/** Opens a transport on a broker inside this process, for tests and single-process demos. */
export async function openMemory(options: MemoryOptions): Promise<InspectableTransport> {
  const connection = new MemoryConnection(options);
  return {
    receive: async (queue, onDelivery, receiveOptions) =>
      connection.receive(queue, onDelivery, receiveOptions),
    send: (queue, message, { delayMs = 0 } = {}) => connection.send(queue, message, delayMs),
    ack: async (delivery) => connection.ack(delivery),
    nack: async (delivery) => connection.nack(delivery),
    depth: async (queue) => {
      const state = connection.inspect(queue);
      return state?.exists === true ? state.ready : undefined;
    },
    inspect: async (queue) => connection.inspect(queue),
    countWaiting: async () => connection.countWaiting(),
    sendCopy: (queue, copy) => connection.sendCopy(queue, copy),
    openReplyQueue: async (queue, replyOptions) => connection.openReplyQueue(queue, replyOptions),
    look: async (queue, onMessage, lookOptions) => connection.look(queue, onMessage, lookOptions),
    take: async (queue, onMessage, takeOptions) => connection.take(queue, onMessage, takeOptions),
    argumentProblem: async () => undefined,
    close: async () => connection.close(),
  };
}

type OnMessage = (message: QueuedMessage) => void;

/** One transport's consumers, unsettled deliveries and pending sends. */
class MemoryConnection {
  readonly #broker: MemoryBroker;
  readonly #topology: Topology;
  readonly #onState: (state: TransportState) => void;
  readonly #confirmTimeoutMs: number;
  readonly #consumers = new Set<Consumer>();
  readonly #unsettled = new LinkedList<MemoryDelivery>();
  /** One function for each open reply queue, which removes the queue and reports its loss. */
  readonly #replyQueues = new Set<() => void>();
  readonly #pendingSends = new Set<PromiseWithResolvers<void>>();
  readonly #disconnect: () => void;
  #state: BrokerState = { connected: false, blocked: false };
  #losses = 0;
  #isClosed = false;

  constructor({ broker, topology, onState, confirmTimeoutMs = 30 * SECOND }: MemoryOptions) {
    this.#broker = broker;
    this.#topology = topology;
    this.#onState = onState;
    this.#confirmTimeoutMs = confirmTimeoutMs;
    this.#disconnect = broker.connect((state) => this.#changeState(state));
  }

  receive(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    { prefetch, signal }: ReceiveOptions,
  ): Subscription {
    signal?.throwIfAborted();
    const consumer = new Consumer({ queue, prefetch, onDelivery, unsettled: this.#unsettled });
    this.#consumers.add(consumer);
    if (this.#state.connected) this.#broker.declare(queue).attach(consumer);
    return {
      cancel: async () => {
        this.#consumers.delete(consumer);
        this.#broker.find(queue)?.detach(consumer);
      },
    };
  }

  async send(queue: string, message: Message, delayMs: number): Promise<void> {
    await this.#whenWritable();
    this.#broker.publish(queue, message, delayMs);
  }

  ack(delivery: Delivery): boolean {
    if (this.#release(delivery) === undefined) return false;
    this.#broker.find(delivery.queue)?.schedule();
    return true;
  }

  nack(delivery: Delivery): boolean {
    const released = this.#release(delivery);
    if (released === undefined) return false;
    this.#requeue(released, { isSettled: true });
    return true;
  }

  sendCopy(queue: string, copy: Message): void {
    if (this.#isWritable()) this.#broker.publishCopy(queue, copy);
  }

  openReplyQueue(name: string, { onCopy, onLost }: ReplyQueueOptions): ReplyQueue {
    if (!this.#state.connected) throw new OpenError('not connected');
    const [broker, replyQueues] = [this.#broker, this.#replyQueues];
    broker.declare(name).attach({ hasCapacity: () => true, deliver: onCopy });
    function remove(): void {
      broker.remove(name);
      replyQueues.delete(lose);
    }
    function lose(): void {
      remove();
      onLost(CONNECTION_LOST);
    }
    replyQueues.add(lose);
    return { close: async () => remove() };
  }

  inspect(name: string): QueueState | undefined {
    if (!this.#state.connected) return undefined;
    const queue = this.#broker.find(name);
    return {
      exists: queue !== undefined,
      ready: queue?.size ?? 0,
      consumers: queue?.consumerCount ?? 0,
      leased: undefined,
      delayed: queue?.delayed ?? 0,
    };
  }

  countWaiting(): WaitingCounts {
    if (!this.#state.connected) return {};
    const { actor, errorEnd } = this.#topology;
    return {
      errorEnd: this.#broker.find(errorEnd)?.size,
      parked: this.#broker.find(parkedQueue(errorEnd))?.size ?? 0,
      delayed: this.#broker.find(actor)?.delayed ?? 0,
    };
  }

  look(name: string, onMessage: OnMessage, { limit, stopped }: LookOptions): Look {
    const queue = this.#existing(name);
    const messages = queue.first(stopped.aborted ? 0 : limit);
    for (const message of messages) onMessage(toQueuedMessage(message));
    const end = stopped.aborted ? 'stopped' : 'complete';
    const { size: total, consumerCount: consumers } = queue;
    return { count: messages.length, total, asOfMs: Date.now(), consumers, end };
  }

  take(name: string, onMessage: OnMessage, options: LookOptions): Take {
    const losses = this.#losses;
    const isLost = (): boolean => this.#losses > losses;
    return new MemoryTake({ ...options, queue: this.#existing(name), onMessage, isLost });
  }

  #existing(name: string): MemoryQueue {
    if (!this.#state.connected) throw new LookError('lost', 'not connected to the broker');
    const queue = this.#broker.find(name);
    if (queue === undefined) throw new LookError('missing', `queue "${name}" does not exist`);
    return queue;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#disconnect();
    this.#loseAll({ isSettled: true });
  }

  #changeState(state: BrokerState): void {
    const wasConnected = this.#state.connected;
    this.#state = state;
    if (wasConnected && !state.connected) this.#loseAll({ isSettled: false });
    if (!wasConnected && state.connected) this.#restore();
    if (this.#isWritable()) for (const { resolve } of this.#pendingSends) resolve();
    this.#onState({ ...state, missing: [] });
  }

  /** Declares the queues and attaches the consumers after a connection. */
  #restore(): void {
    for (const queue of queuesOf(this.#topology)) this.#broker.declare(queue);
    for (const consumer of this.#consumers) this.#broker.declare(consumer.queue).attach(consumer);
  }

  /** Requeues all unsettled deliveries, which are then gone, and rejects pending sends. */
  #loseAll(how: { readonly isSettled: boolean }): void {
    this.#losses++;
    for (const consumer of this.#consumers) this.#broker.find(consumer.queue)?.detach(consumer);
    for (const { value: delivery } of this.#unsettled) {
      this.#release(delivery);
      delivery.gone = true;
      this.#requeue(delivery, how);
    }
    for (const { reject } of this.#pendingSends) reject(connectionLost());
    for (const lose of this.#replyQueues) lose();
  }

  #requeue({ message, consumer }: MemoryDelivery, how: { readonly isSettled: boolean }): void {
    const deliveries = message.deliveries + 1;
    const unsettled = message.unsettled + (how.isSettled ? 0 : 1);
    this.#broker.declare(consumer.queue).put({ ...message, deliveries, unsettled });
  }

  /** Returns undefined when the delivery is settled or gone. */
  #release(delivery: Delivery): MemoryDelivery | undefined {
    if (!(delivery instanceof MemoryDelivery)) return undefined;
    if (!this.#unsettled.remove(delivery.node)) return undefined;
    delivery.consumer.unsettledCount--;
    return delivery;
  }

  #isWritable(): boolean {
    return this.#state.connected && !this.#state.blocked;
  }

  /** @throws {SendError} `lost` when closed, or not connected within the confirm timeout */
  async #whenWritable(): Promise<void> {
    if (this.#isClosed) throw connectionLost();
    if (this.#isWritable()) return;
    const pending = Promise.withResolvers<void>();
    const rejectUnlessConnected = (): void => {
      if (!this.#state.connected) pending.reject(connectionLost());
    };
    const timer = setTimeout(rejectUnlessConnected, this.#confirmTimeoutMs);
    this.#pendingSends.add(pending);
    await pending.promise.finally(() => {
      clearTimeout(timer);
      this.#pendingSends.delete(pending);
    });
  }
}

const CONNECTION_LOST = 'connection to the broker lost';

function connectionLost(): SendError {
  return new SendError('lost', CONNECTION_LOST);
}
