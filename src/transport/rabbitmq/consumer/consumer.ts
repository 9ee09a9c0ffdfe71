import type { Log } from '../../../log.ts';
import type { Delivery, ReceiveOptions, Subscription } from '../../transport.ts';
import type { BrokerConnection } from '../connection/connect.ts';
import { whileOpen } from '../connection/lifetime.ts';
import { brokerQueueName } from '../topology/plan.ts';
import { ConsumeLoop } from './consumeLoop.ts';
import { RabbitmqDelivery } from './delivery.ts';
import { DeliveryGate } from './deliveryGate.ts';
import { createGiveBackCounts } from './giveBackCounts.ts';
import { ConsumerSession } from './session.ts';

export interface ConsumerOptions {
  /** Resolves when the topology exists. */
  readonly ready: () => Promise<void>;
  /** Called with the reason why a queue cannot be consumed, and with undefined once it can. */
  readonly onProblem: (queue: string, problem: string | undefined) => void;
  /**
   * Reports whether the broker counts the deliveries of a queue. Where it does not, a delivery
   * count found on a message was set by its producer and is ignored.
   */
  readonly countsDeliveries: (queue: string) => boolean;
  /** Publishes a delivered message to the tail of its queue again. */
  readonly republish: (delivery: Delivery) => Promise<void>;
  /** The time after which a consumer that the broker has not accepted is reported. */
  readonly consumeTimeoutMs: number;
  readonly log: Log;
}

/** The queue of a subscription and the recipient of its deliveries. */
interface ReceiveTarget {
  readonly queue: string;
  readonly prefetch: number;
  readonly gate: DeliveryGate;
}

interface LoopControl {
  readonly onStarted: () => void;
  readonly stop: AbortSignal;
}

/**
 * Consumes queues on one connection after another, and settles their deliveries. Each queue has a
 * `ConsumeLoop`, which opens one `ConsumerSession` after another.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #giveBackCounts = createGiveBackCounts();
  /** One controller for each subscription. */
  readonly #stops = new Set<AbortController>();
  readonly #sessions = new Set<ConsumerSession>();
  #connected = Promise.withResolvers<BrokerConnection>();
  #isClosed = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Consumes on this connection from now on. Resolves when the topology exists. */
  async attach(connection: BrokerConnection): Promise<void> {
    await whileOpen(connection, this.#options.ready);
    connection.once('close', () => (this.#connected = Promise.withResolvers()));
    this.#connected.resolve(connection);
  }

  /** See `Transport.receive`. */
  async receive(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    { prefetch, signal }: ReceiveOptions,
  ): Promise<Subscription> {
    signal?.throwIfAborted();
    const stop = new AbortController();
    if (this.#isClosed) stop.abort();
    this.#stops.add(stop);
    const started = Promise.withResolvers<void>();
    const gate = new DeliveryGate(onDelivery);
    const loop = this.#createLoop({
      queue,
      prefetch,
      gate,
      onStarted: started.resolve,
      stop: stop.signal,
    });
    const running = loop.run();
    const ended = running.then(() => {
      this.#stops.delete(stop);
      throw new Error('the transport is closed');
    });
    const onAbort = (): void => {
      stop.abort();
      started.reject(signal?.reason);
      gate.close();
      void running.then(() => this.#giveBackAll(gate.held));
    };
    await whileListening(signal, onAbort, Promise.race([started.promise, ended]));
    const cancel = (): Promise<void> => {
      stop.abort();
      return running;
    };
    return { cancel };
  }

  /** Returns false and does nothing when the delivery cannot be settled any more. */
  ack(delivery: Delivery): boolean {
    if (!(delivery instanceof RabbitmqDelivery)) return false;
    if (!delivery.session.settle(delivery, 'ack')) return false;
    this.#giveBackCounts.forget(delivery);
    return true;
  }

  /**
   * Requeues a delivery. A delivery of a deleted queue is published to the new queue instead.
   * Resolves to false when the delivery cannot be settled any more.
   */
  async nack(delivery: Delivery): Promise<boolean> {
    if (!(delivery instanceof RabbitmqDelivery)) return false;
    const { session } = delivery;
    if (session.orphaned) {
      if (!session.settle(delivery, 'ack')) return false;
      await this.#options.republish(delivery);
      return true;
    }
    if (!session.settle(delivery, 'nack')) return false;
    this.#giveBackCounts.add(delivery);
    return true;
  }

  /** Abandons the sessions of a queue, given by its broker name, that was declared again. */
  abandon(queue: string): void {
    for (const session of this.#sessions) if (session.queue === queue) session.abandon();
  }

  /**
   * Stops consuming and closes the channels. Resolves when the broker has all acks; these wait in
   * the buffers of the channels, which a closing connection discards.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops) stop.abort();
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  #createLoop(target: ReceiveTarget & LoopControl): ConsumeLoop {
    const { ready, onProblem, log } = this.#options;
    const { onStarted, stop } = target;
    const name = brokerQueueName(target.queue);
    return new ConsumeLoop({
      queue: name,
      open: async (stopped) => {
        const connection = await Promise.race([this.#connected.promise, stopped]);
        return connection && this.#reportingLate(name, () => this.#openSession(connection, target));
      },
      ready,
      onStarted,
      onProblem: (problem) => onProblem(name, problem),
      stop,
      log,
    });
  }

  /**
   * Reports a queue that has no leader: it exists, but the broker answers no `consume` for it until
   * the queue has elected one.
   */
  async #reportingLate<T>(queue: string, consume: () => Promise<T>): Promise<T> {
    const { consumeTimeoutMs, onProblem, log } = this.#options;
    const late = setTimeout(() => {
      log.warn({ queue }, 'consumer not accepted by the broker; waiting');
      onProblem(queue, `queue "${queue}" does not accept consumers`);
    }, consumeTimeoutMs);
    try {
      return await consume();
    } finally {
      clearTimeout(late);
    }
  }

  async #openSession(
    connection: BrokerConnection,
    { queue, prefetch, gate }: ReceiveTarget,
  ): Promise<ConsumerSession> {
    const { countsDeliveries, log } = this.#options;
    const name = brokerQueueName(queue);
    const giveBackCount = countsDeliveries(name) ? this.#giveBackCounts.countOf : undefined;
    const session = await whileOpen(connection, () =>
      ConsumerSession.open({
        connection,
        queue: name,
        prefetch,
        toDelivery: (message, owner) => new RabbitmqDelivery(message, queue, owner, giveBackCount),
        onDelivery: (delivery) => gate.pass(delivery),
        log,
      }),
    );
    this.#sessions.add(session);
    void session.closed.then(() => this.#sessions.delete(session));
    return session;
  }

  async #giveBackAll(deliveries: readonly Delivery[]): Promise<void> {
    // A nack fails only when its channel is closed; the broker then requeues the message.
    await Promise.allSettled(deliveries.map((delivery) => this.nack(delivery)));
  }
}

/** Awaits a promise, and calls `onAbort` if the signal aborts meanwhile. */
async function whileListening(
  signal: AbortSignal | undefined,
  onAbort: () => void,
  promise: Promise<void>,
): Promise<void> {
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
