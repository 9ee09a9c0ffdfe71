import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import { brokerQueueName } from '../topology/plan.ts';
import type { Delivery, ReceiveOptions, Subscription, Transport } from '../../transport.ts';
import { whileOpen } from '../connection/connect.ts';
import { RabbitmqDelivery } from './delivery.ts';
import { createGiveBackCounts } from './giveBackCounts.ts';
import { openSession, type Session } from './session.ts';
import { keepConsuming } from './subscription.ts';

/** Consumes on one connection after another, and settles what came. */
export interface Consumer {
  /** Consumes on a connection from now on. */
  readonly serve: (connection: ChannelModel) => Promise<void>;
  readonly receive: Transport['receive'];
  readonly ack: (delivery: Delivery) => boolean;
  readonly nack: (delivery: Delivery) => Promise<boolean>;
  /** A queue has been declared anew, so that whoever consumes from it consumes from the old one. */
  readonly leave: (queue: string) => void;
  /**
   * Resolves when what was settled has reached the broker: it stands in the buffers of the
   * channels, which are not emptied when their connection is closed.
   */
  readonly close: () => Promise<void>;
}

export interface ConsumerOptions {
  /** Resolves when there is something to consume from. */
  readonly ready: () => Promise<void>;
  /** Called with the reason why a queue cannot be consumed; undefined when that is over. */
  readonly onProblem: (queue: string, problem: string | undefined) => void;
  /**
   * False where the broker does not count how often a message was delivered: what says so then is a
   * producer.
   */
  readonly countsDeliveries: (queue: string) => boolean;
  /** Publishes what was delivered to the queue that it came from, at its tail. */
  readonly sendAgain: (delivery: Delivery) => Promise<void>;
  readonly log: Log;
}

export function createConsumer(options: ConsumerOptions): Consumer {
  const { ready, onProblem, countsDeliveries, sendAgain, log } = options;
  const givenBack = createGiveBackCounts();
  const subscriptions = new Set<AbortController>();
  const sessions = new Set<Session>();
  let connected = Promise.withResolvers<ChannelModel>();
  let closed = false;

  async function serve(connection: ChannelModel): Promise<void> {
    await whileOpen(connection, ready);
    connection.once('close', () => (connected = Promise.withResolvers()));
    connected.resolve(connection);
  }

  /** Opens a session as soon as there is a connection; undefined when `stopped` comes first. */
  async function openWhenConnected(
    stopped: Promise<undefined>,
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Session | undefined> {
    const connection = await Promise.race([connected.promise, stopped]);
    if (connection === undefined) return undefined;
    const name = brokerQueueName(queue);
    const givenBackCount = countsDeliveries(name) ? givenBack.countOf : undefined;
    const session = await whileOpen(connection, () =>
      openSession({
        connection,
        queue: name,
        prefetch,
        toDelivery: (message, session) =>
          new RabbitmqDelivery(message, queue, session, givenBackCount),
        onDelivery,
        log,
      }),
    );
    sessions.add(session);
    void session.closed.then(() => sessions.delete(session));
    return session;
  }

  async function receive(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    { prefetch, signal }: ReceiveOptions,
  ): Promise<Subscription> {
    signal?.throwIfAborted();
    const name = brokerQueueName(queue);
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const arrivals = createArrivals(onDelivery);
    if (closed) stop.abort();
    subscriptions.add(stop);
    const running = keepConsuming({
      queue: name,
      open: (stopped) => openWhenConnected(stopped, queue, prefetch, arrivals.take),
      ready,
      onBegun: begun.resolve,
      onProblem: (problem) => onProblem(name, problem),
      stop: stop.signal,
      log,
    });
    const ended = running.then(() => {
      subscriptions.delete(stop);
      throw new Error('the transport is closed');
    });
    const abandon = (): void => {
      stop.abort();
      begun.reject(signal?.reason);
      arrivals.keep();
      void running.then(() => giveBackAll(arrivals.kept));
    };
    await listening(signal, abandon, Promise.race([begun.promise, ended]));
    return {
      cancel: () => {
        stop.abort();
        return running;
      },
    };
  }

  async function giveBackAll(deliveries: readonly Delivery[]): Promise<void> {
    // What fails here is still the broker's: its channel or its connection is closed.
    await Promise.allSettled(deliveries.map(nack));
  }

  function ack(delivery: Delivery): boolean {
    if (!(delivery instanceof RabbitmqDelivery) || !delivery.session.settle(delivery, 'ack'))
      return false;
    givenBack.forget(delivery);
    return true;
  }

  async function nack(delivery: Delivery): Promise<boolean> {
    if (!(delivery instanceof RabbitmqDelivery)) return false;
    const { session } = delivery;
    if (session.orphaned) {
      if (!session.settle(delivery, 'ack')) return false;
      await sendAgain(delivery);
      return true;
    }
    if (!session.settle(delivery, 'nack')) return false;
    givenBack.add(delivery);
    return true;
  }

  return {
    serve,
    receive,
    ack,
    nack,
    leave: (queue) => {
      for (const session of sessions) if (session.queue === queue) session.leave();
    },
    close: async () => {
      closed = true;
      for (const stop of subscriptions) stop.abort();
      await Promise.all([...sessions].map((session) => session.close()));
    },
  };
}

/** Waits, and calls back when the signal aborts meanwhile. */
async function listening(
  signal: AbortSignal | undefined,
  onAbort: () => void,
  waiting: Promise<void>,
): Promise<void> {
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await waiting;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Deliveries on their way to the caller, or, once the caller has cancelled the receive, kept back
 * from it.
 */
function createArrivals(onDelivery: (delivery: Delivery) => void): {
  readonly kept: readonly Delivery[];
  readonly take: (delivery: Delivery) => void;
  readonly keep: () => void;
} {
  const kept: Delivery[] = [];
  let take = onDelivery;
  return {
    kept,
    take: (delivery) => take(delivery),
    keep: () => {
      take = (delivery) => void kept.push(delivery);
    },
  };
}
