import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';
import type { Message } from '../message.ts';
import { parkedQueue, type Topology } from '../queues.ts';
import { SendError, type Delivery } from '../transport.ts';
import { type QueueState } from '../inspection/inspectableTransport.ts';
import { type WaitingCounts } from '../inspection/inspectableTransport.ts';
import { type Look } from '../inspection/queueReader.ts';
import { type QueuedMessage } from '../inspection/queueReader.ts';
import { type Take } from '../inspection/queueReader.ts';
import { type LookOptions } from '../inspection/queueReader.ts';
import { BatchWriter } from './batchWriter.ts';
import { Consumer, type ConsumerOptions } from './consumer.ts';
import { openDatabaseFile, type Companions, type DatabaseFile } from './databaseFile.ts';
import { SpaceLimitedStore } from './diskSpace.ts';
import { Leases, type LeasedDelivery } from './leases.ts';
import { readRows } from './rowReader.ts';
import { RowTake } from './rowTake.ts';
import { ReplyQueues } from './replyQueues.ts';
import type { LeasedRow, Store } from './store.ts';
import { Wakeup } from './wakeup.ts';

export interface SessionOptions {
  /** The path of the database. */
  readonly path: string;
  readonly confirmTimeoutMs: number;
  readonly leaseMs: number;
  /** The free space that `send` leaves on the disk. */
  readonly reservedBytes: number;
  /** The companion files of an earlier database at this path. */
  readonly stale?: Companions | undefined;
  /** Called when writes start to fail, and when they succeed again. */
  readonly onBlocked: (isBlocked: boolean) => void;
  /** Called once, when the file was deleted or replaced and the session has ended. */
  readonly onGone: () => void;
  readonly log: Log | undefined;
}

export type SubscribeOptions = Pick<ConsumerOptions, 'queue' | 'prefetch' | 'onDelivery'>;

type OnMessage = (message: QueuedMessage) => void;

const CHECK_INTERVAL_MS = SECOND;
const REPLY_PREFETCH = 100;

/**
 * An open database. The session ends when it is closed, or when the file is deleted or replaced;
 * then its deliveries are gone and pending sends fail as `lost`.
 */
export class Session {
  /** The companion files, which the next session at this path removes. */
  readonly companions: Companions;
  readonly replyQueues: ReplyQueues;
  readonly #file: DatabaseFile;
  readonly #onGone: () => void;
  readonly #consumers = new Set<Consumer>();
  readonly #store: Store;
  readonly #wakeup: Wakeup;
  readonly #writer: BatchWriter;
  readonly #leases: Leases;
  readonly #checkTimer: NodeJS.Timeout;
  #isGone = false;
  #isShut = false;

  private constructor(file: DatabaseFile, options: SessionOptions) {
    const { path, confirmTimeoutMs, leaseMs, reservedBytes, onBlocked, onGone, log } = options;
    this.companions = file.companions;
    this.#file = file;
    this.#onGone = onGone;
    this.#store = new SpaceLimitedStore(file.db, { path, reservedBytes });
    this.#wakeup = new Wakeup({
      path: `${path}-bell`,
      onWakeup: () => this.#consumers.forEach((consumer) => consumer.poll()),
      log,
    });
    this.#writer = new BatchWriter({
      store: this.#store,
      confirmTimeoutMs,
      onBlocked,
      isInPlace: () => this.#endUnlessInPlace(),
    });
    this.#leases = new Leases({ store: this.#store, writer: this.#writer, leaseMs });
    this.replyQueues = new ReplyQueues({
      db: file.db,
      store: this.#store,
      writer: this.#writer,
      consume: (queue, onDelivery) => this.consume({ queue, prefetch: REPLY_PREFETCH, onDelivery }),
      ack: (delivery) => void this.ack(delivery),
      onStored: () => this.#wakeup.notify(),
    });
    this.#checkTimer = setInterval(() => this.#endUnlessInPlace(), CHECK_INTERVAL_MS);
  }

  /** @throws the errors of `openDatabaseFile` */
  static open(options: SessionOptions): Session {
    const file = openDatabaseFile(options.path, options.stale);
    try {
      return new Session(file, options);
    } catch (error) {
      file.db.close();
      throw error;
    }
  }

  declare(queues: readonly string[]): Promise<void> {
    return this.#writer.commitDurably(() => queues.forEach((queue) => this.#store.declare(queue)));
  }

  /** Consumes a queue until `stop`, which resolves when no further delivery follows. */
  consume(options: SubscribeOptions): { stop(): Promise<void> } {
    const [store, writer, leases] = [this.#store, this.#writer, this.#leases];
    const consumer = new Consumer({ ...options, store, writer, leases });
    this.#consumers.add(consumer);
    this.#wakeup.listen();
    consumer.poll();
    return {
      stop: () => {
        this.#consumers.delete(consumer);
        return consumer.stop();
      },
    };
  }

  /** @throws {SendError} */
  async send(queue: string, message: Message, delayMs: number): Promise<void> {
    const dueAtMs = delayMs > 0 ? Date.now() + delayMs : undefined;
    const isStored = await this.#writer.commitDurably(() =>
      this.#store.insert(queue, message, dueAtMs),
    );
    if (!isStored) throw new SendError('unroutable', `no queue "${queue}"`);
    this.#wakeup.notify();
  }

  /** Resolves to false when the delivery is gone. */
  ack(delivery: Delivery): Promise<boolean> {
    return this.#settle(delivery, (row) => this.#store.ack(row));
  }

  /** Resolves to false when the delivery is gone. */
  async nack(delivery: Delivery): Promise<boolean> {
    const isRequeued = await this.#settle(delivery, (row) => this.#store.nack(row));
    this.#wakeup.notify();
    return isRequeued;
  }

  depth(queue: string): number {
    return this.#store.countDue(queue, Date.now());
  }

  inspect(queue: string): QueueState {
    const nowMs = Date.now();
    return {
      exists: this.#store.exists(queue),
      ready: this.#store.countDue(queue, nowMs),
      consumers: undefined,
      leased: this.#store.countLeased(queue, nowMs),
      delayed: this.#store.countDelayed(queue, nowMs),
    };
  }

  countWaiting({ actor, errorEnd }: Topology): WaitingCounts {
    const nowMs = Date.now();
    return {
      errorEnd: this.#store.countDue(errorEnd, nowMs),
      parked: this.#store.countDue(parkedQueue(errorEnd), nowMs),
      delayed: this.#store.countDelayed(actor, nowMs),
    };
  }

  /** See `QueueReader.look`. */
  look(queue: string, onMessage: OnMessage, options: LookOptions): Promise<Look> {
    const source = { store: this.#store, isOpen: () => !this.#isShut };
    return readRows({ ...options, ...source, queue, readyOnly: false, onMessage });
  }

  /** See `QueueReader.take`. */
  take(queue: string, onMessage: OnMessage, options: LookOptions): Take {
    return new RowTake({
      ...options,
      store: this.#store,
      isOpen: () => !this.#isShut,
      queue,
      onMessage,
      lease: (rowId) => this.#leaseRow(queue, rowId),
      ack: (delivery) => this.ack(delivery),
      nack: (delivery) => this.nack(delivery),
    });
  }

  /** Requeues the unsettled deliveries and closes the database. */
  async close(): Promise<void> {
    const stopped = this.#stopConsumers();
    // Messages that were leased in this turn are still delivered, and then requeued.
    await nextTurn();
    const removed = this.replyQueues.close();
    await this.#requeue(this.#leases.close());
    await Promise.all([stopped, removed]);
    this.#shut();
  }

  async #leaseRow(queue: string, rowId: number): Promise<LeasedDelivery | undefined> {
    const message = await this.#writer.commit(() =>
      this.#store.leaseRow(rowId, this.#leases.create()),
    );
    return message && this.#leases.add(queue, message, () => {});
  }

  async #settle(delivery: Delivery, work: (row: LeasedRow) => boolean): Promise<boolean> {
    const released = this.#leases.release(delivery);
    if (released === undefined) return false;
    const settling = this.#writer.commit(() => work(released.message));
    released.freeSlot();
    // The commit fails only when the session has ended; the lease then expires.
    const isSettled = await settling.catch(() => false);
    if (!isSettled) released.lose();
    return isSettled;
  }

  async #requeue(deliveries: readonly LeasedDelivery[]): Promise<void> {
    const requeued = deliveries.map(({ message }) =>
      this.#writer.commit(() => this.#store.nack(message)),
    );
    await Promise.all([this.#writer.close(), Promise.allSettled(requeued)]);
    if (deliveries.length > 0) this.#wakeup.notify();
    await nextTurn();
  }

  /** Ends the session and returns false when the file was deleted or replaced. */
  #endUnlessInPlace(): boolean {
    if (!this.#isGone && !this.#file.isInPlace()) {
      this.#isGone = true;
      void this.#stopConsumers();
      this.#leases.close();
      this.#writer.abandon();
      this.replyQueues.end('the database was deleted or replaced');
      this.#shut();
      this.#onGone();
    }
    return !this.#isGone;
  }

  async #stopConsumers(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
  }

  #shut(): void {
    if (this.#isShut) return;
    this.#isShut = true;
    clearInterval(this.#checkTimer);
    this.#wakeup.close();
    this.#store.close();
  }
}
