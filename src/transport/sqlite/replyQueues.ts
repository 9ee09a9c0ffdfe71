import type { DatabaseSync } from 'node:sqlite';
import { MINUTE } from '../../units.ts';
import { CopyBuffer } from '../copyBuffer.ts';
import type { Message } from '../message.ts';
import { COPY_TTL_MS } from '../queues.ts';
import type { Delivery, ReplyQueue, ReplyQueueOptions } from '../transport.ts';
import type { BatchWriter } from './batchWriter.ts';
import { ReplyQueueTable } from './replyQueueTable.ts';
import type { Store } from './store.ts';

export interface ReplyQueuesOptions {
  readonly db: DatabaseSync;
  readonly store: Store;
  readonly writer: BatchWriter;
  /** Consumes a queue; `stop` resolves when no further delivery follows. */
  readonly consume: (
    queue: string,
    onDelivery: (delivery: Delivery) => void,
  ) => { stop(): Promise<void> };
  readonly ack: (delivery: Delivery) => void;
  /** Called when copies are stored. */
  readonly onStored: () => void;
}

const RENEW_INTERVAL_MS = MINUTE;

/**
 * The reply queues in a database. A queue belongs to the process that opened it, which renews it
 * every minute. When that process was killed, the queue expires after `COPY_TTL_MS`, and the next
 * process that checks for expired queues removes it with its messages. Therefore no copy is older
 * than that.
 */
export class ReplyQueues {
  readonly #options: ReplyQueuesOptions;
  readonly #table: ReplyQueueTable;
  readonly #waiting = new CopyBuffer();
  /** The open queues of this process, each with a function that ends it. */
  readonly #open = new Map<string, (reason: string) => void>();
  readonly #timer: NodeJS.Timeout;
  #isStoring = false;

  constructor(options: ReplyQueuesOptions) {
    this.#options = options;
    this.#table = new ReplyQueueTable(options.db);
    this.#timer = setInterval(() => this.#renewAndClean(), RENEW_INTERVAL_MS);
  }

  /** Stores a copy soon, unless its queue does not exist or the file cannot be written. */
  send(queue: string, copy: Message): void {
    this.#waiting.add(queue, copy);
    if (!this.#isStoring) void this.#storeWaiting();
  }

  /** @throws {SendError} */
  async open(queue: string, { onCopy, onLost }: ReplyQueueOptions): Promise<ReplyQueue> {
    const { writer, consume, ack } = this.#options;
    await writer.commitDurably(() => {
      this.#removeExpired();
      this.#table.add(queue, Date.now() + COPY_TTL_MS);
    });
    const consumer = consume(queue, (delivery) => {
      onCopy(delivery);
      ack(delivery);
    });
    this.#open.set(queue, onLost);
    return {
      close: async () => {
        if (!this.#open.delete(queue)) return;
        await consumer.stop();
        await this.#remove([queue]);
      },
    };
  }

  /** Removes the open queues of this process, and stops. */
  async close(): Promise<void> {
    const queues = [...this.#open.keys()];
    this.end('transport closed');
    if (queues.length > 0) await this.#remove(queues);
  }

  /** Reports all open queues as lost, and stops. */
  end(reason: string): void {
    clearInterval(this.#timer);
    for (const queue of this.#open.keys()) this.#lose(queue, reason);
  }

  async #remove(queues: readonly string[]): Promise<void> {
    const remove = (): void => queues.forEach((queue) => this.#table.remove(queue));
    // Without a file there is nothing to remove.
    await this.#options.writer.commit(remove).catch(() => undefined);
  }

  async #storeWaiting(): Promise<void> {
    const { store, writer, onStored } = this.#options;
    this.#isStoring = true;
    for (
      let copies = this.#waiting.takeAll();
      copies.length > 0;
      copies = this.#waiting.takeAll()
    ) {
      const insert = (): boolean => {
        this.#removeExpired();
        const stored = copies.filter(({ queue, message }) => store.insert(queue, message));
        return stored.length > 0;
      };
      if (await writer.tryCommit(insert).catch(() => false)) onStored();
    }
    this.#isStoring = false;
  }

  #renewAndClean(): void {
    const queues = [...this.#open.keys()];
    if (queues.length === 0 && !this.#hasExpired()) return;
    this.#options.writer
      .tryCommit(() => {
        const nowMs = Date.now();
        const lost = queues.filter((queue) => !this.#table.renew(queue, nowMs + COPY_TTL_MS));
        this.#removeExpired();
        return lost;
      })
      .then(
        (lost) => lost.forEach((queue) => this.#lose(queue, 'not renewed in time')),
        () => 'the next interval tries again',
      );
  }

  #hasExpired(): boolean {
    try {
      return this.#table.expired(Date.now()).length > 0;
    } catch {
      return false; // the file is locked; the next interval checks again
    }
  }

  #removeExpired(): void {
    for (const queue of this.#table.expired(Date.now())) this.#table.remove(queue);
  }

  #lose(queue: string, reason: string): void {
    const onLost = this.#open.get(queue);
    this.#open.delete(queue);
    onLost?.(reason);
  }
}
