import { SECOND } from '../../units.ts';
import type { Delivery } from '../transport.ts';
import type { BatchWriter } from './batchWriter.ts';
import type { Leases } from './leases.ts';
import type { LeasedMessage, Store } from './store.ts';

export interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly leases: Leases;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** Bounds the delay of a delivery after a lost wakeup or a change of the clock. */
const MAX_POLL_INTERVAL_MS = SECOND;

/** Leases due messages of one queue and delivers them, up to the prefetch. */
export class Consumer {
  readonly #options: ConsumerOptions;
  #unsettledCount = 0;
  #isStopped = false;
  #fetching: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Reads when the next message is due, and fetches it then. */
  poll(): void {
    clearTimeout(this.#timer);
    if (!this.#canFetch()) return;
    const dueInMs = untilDueMs(this.#options);
    if (dueInMs <= 0) this.#startFetch();
    else this.#timer = setTimeout(() => this.poll(), Math.min(dueInMs, MAX_POLL_INTERVAL_MS));
  }

  /** Stops fetching; resolves when the running fetch has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#fetching;
  }

  #canFetch(): boolean {
    const hasFreeSlot = this.#unsettledCount < this.#options.prefetch;
    return !this.#isStopped && this.#fetching === undefined && hasFreeSlot;
  }

  #startFetch(): void {
    clearTimeout(this.#timer);
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
      this.poll();
    });
  }

  async #fetch(): Promise<void> {
    const { queue, leases, onDelivery } = this.#options;
    leases.renewIfLate();
    for (const message of await this.#leaseDue()) {
      this.#unsettledCount++;
      onDelivery(leases.add(queue, message, () => this.#freeSlot()));
    }
  }

  async #leaseDue(): Promise<readonly LeasedMessage[]> {
    const { queue, prefetch, store, writer, leases } = this.#options;
    const lease = (): LeasedMessage[] =>
      this.#isStopped ? [] : store.lease(queue, prefetch - this.#unsettledCount, leases.create());
    try {
      return await writer.commit(lease);
    } catch {
      // The writer is closed; nothing was leased.
      this.#isStopped = true;
      return [];
    }
  }

  #freeSlot(): void {
    this.#unsettledCount--;
    // Fetches without a poll first, so that the lease shares the transaction of the ack.
    if (this.#canFetch()) this.#startFetch();
  }
}

function untilDueMs({ store, queue }: ConsumerOptions): number {
  try {
    return (store.nextDueAtMs(queue) ?? Infinity) - Date.now();
  } catch {
    // The file is locked or unreadable. The fetch fails likewise, and the writer retries it.
    return 0;
  }
}
