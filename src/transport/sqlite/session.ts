import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Message } from '../message.ts';
import { SendError, type BrowsedMessage, type Delivery, type QueueState } from '../transport.ts';
import { openBell } from './wakeup.ts';
import { createConsumer, type Consumer, type ConsumerOptions } from './consumer.ts';
import { openDatabaseFile, type Companions, type DatabaseFile } from './databaseFile.ts';
import { createLeases, type Held } from './leases.ts';
import { leaveRoom } from './diskSpace.ts';
import { createStore, type Leased } from './store.ts';
import { createWriter } from './writer.ts';

/**
 * An open file, from when it is opened until this transport is closed, or the file is deleted or
 * replaced.
 */
export interface Session {
  /** What belongs to the file, for the session that follows this one. */
  readonly companions: Companions;
  declare(queues: readonly string[]): Promise<void>;
  /** Takes what is due in a queue, until the consumer is stopped or the session ends. */
  consume(options: Pick<ConsumerOptions, 'queue' | 'prefetch' | 'onDelivery'>): Consumer;
  /** @throws {SendError} */
  send(queue: string, message: Message, delayMs: number): Promise<void>;
  /** False when the delivery is gone; so is `nack`. */
  ack(delivery: Delivery): Promise<boolean>;
  nack(delivery: Delivery): Promise<boolean>;
  depth(queue: string): number;
  inspect(queue: string): QueueState;
  browse(queue: string, limit: number): readonly BrowsedMessage[];
  /** Returns what is in hand to its queue. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly path: string;
  readonly confirmTimeoutMs: number;
  readonly leaseMs: number;
  /** What a send leaves free on the disk. */
  readonly spareBytes: number;
  /** What belonged to an earlier file at this path. */
  readonly left?: Companions | undefined;
  readonly onBlocked: (isBlocked: boolean) => void;
  /**
   * The file was deleted or replaced: what is in hand is gone, what is pending fails as lost.
   * Called once.
   */
  readonly onGone: () => void;
  readonly log: Log | undefined;
}

const CHECK_INTERVAL_MS = 1_000;

/** @throws what `openDatabaseFile` throws */
export function openSession(options: SessionOptions): Session {
  const file = openDatabaseFile(options.path, options.left);
  try {
    return createSession(file, options);
  } catch (error) {
    file.db.close();
    throw error;
  }
}

function createSession(file: DatabaseFile, options: SessionOptions): Session {
  const { path, confirmTimeoutMs, leaseMs, spareBytes, onBlocked, onGone, log } = options;
  const consumers = new Set<Consumer>();
  const store = leaveRoom(createStore(file.db), { path, spareBytes });
  const bell = openBell({
    path: `${path}-bell`,
    onRing: () => consumers.forEach((consumer) => consumer.look()),
    log,
  });
  const writer = createWriter({ store, confirmTimeoutMs, onBlocked, isInPlace: endUnlessInPlace });
  const leases = createLeases({ store, writer, leaseMs });
  const checking = setInterval(endUnlessInPlace, CHECK_INTERVAL_MS);
  let isGone = false;
  let isShut = false;

  function endUnlessInPlace(): boolean {
    if (!isGone && !file.isInPlace()) {
      isGone = true;
      void stopConsumers();
      leases.close();
      writer.abandon();
      shut();
      onGone();
    }
    return !isGone;
  }

  function shut(): void {
    if (isShut) return;
    isShut = true;
    clearInterval(checking);
    bell.close();
    store.close();
  }

  async function stopConsumers(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
  }

  async function settle(delivery: Delivery, work: (leased: Leased) => boolean): Promise<boolean> {
    const held = leases.release(delivery);
    if (held === undefined) return false;
    const settled = writer.settle(() => work(held.row));
    held.free();
    // It fails only when this session ends before: then the lease runs out by itself.
    const isSettled = await settled.catch(() => false);
    if (!isSettled) held.lose();
    return isSettled;
  }

  async function giveBack(inHand: readonly Held[]): Promise<void> {
    const returned = inHand.map(({ row }) => writer.settle(() => store.nack(row)));
    await Promise.all([writer.close(), Promise.allSettled(returned)]);
    if (inHand.length > 0) bell.ring();
    await nextTurn();
  }

  return {
    companions: file.companions,
    declare: (queues) => writer.send(() => queues.forEach((queue) => store.declare(queue))),

    consume(wanted) {
      const consumer = createConsumer({ ...wanted, store, writer, leases });
      consumers.add(consumer);
      bell.listen();
      consumer.look();
      return {
        look: () => consumer.look(),
        stop: () => {
          consumers.delete(consumer);
          return consumer.stop();
        },
      };
    },

    async send(queue, message, delayMs) {
      const dueAtMs = delayMs > 0 ? Date.now() + delayMs : undefined;
      const isStored = await writer.send(() => store.insert(queue, message, dueAtMs));
      if (!isStored)
        throw new SendError('unroutable', `no sidecar has declared a queue "${queue}"`);
      bell.ring();
    },

    ack: (delivery) => settle(delivery, (leased) => store.ack(leased)),

    async nack(delivery) {
      const isReturned = await settle(delivery, (leased) => store.nack(leased));
      bell.ring();
      return isReturned;
    },

    depth: (queue) => store.countDue(queue, Date.now()),
    browse: (queue, limit) => store.browse(queue, limit, Date.now()),
    inspect: (queue) => {
      const nowMs = Date.now();
      const leased = store.countLeased(queue, nowMs);
      const ready = store.countDue(queue, nowMs);
      return { exists: store.exists(queue), ready, consumers: undefined, leased };
    },

    async close() {
      const stopped = stopConsumers();
      // What was just taken still reaches its consumer, and goes back with the rest.
      await nextTurn();
      await giveBack(leases.close());
      await stopped;
      shut();
    },
  };
}
