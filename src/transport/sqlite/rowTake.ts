import type { Look } from '../inspection/queueReader.ts';
import type { QueuedMessage } from '../inspection/queueReader.ts';
import type { Verdict } from '../inspection/queueReader.ts';
import type { Take } from '../inspection/queueReader.ts';
import type { LeasedDelivery } from './leases.ts';
import { readRows, RowMessage, type RowReaderOptions } from './rowReader.ts';

export interface RowTakeOptions extends Omit<RowReaderOptions, 'readyOnly'> {
  /** Leases a row. Resolves to undefined when it is no longer ready. */
  readonly lease: (rowId: number) => Promise<LeasedDelivery | undefined>;
  readonly ack: (delivery: LeasedDelivery) => Promise<boolean>;
  readonly nack: (delivery: LeasedDelivery) => Promise<boolean>;
}

/** A take that leases a message when it is claimed. Messages that are left keep their position. */
export class RowTake implements Take {
  readonly #options: RowTakeOptions;
  readonly #claimed = new Map<QueuedMessage, LeasedDelivery>();

  constructor(options: RowTakeOptions) {
    this.#options = options;
  }

  read(): Promise<Look> {
    return readRows({ ...this.#options, readyOnly: true });
  }

  keep(message: QueuedMessage): QueuedMessage {
    return message;
  }

  async claim(message: QueuedMessage): Promise<boolean> {
    if (!(message instanceof RowMessage)) return false;
    const delivery = await this.#options.lease(message.rowId);
    if (delivery !== undefined) this.#claimed.set(message, delivery);
    return delivery !== undefined;
  }

  async settle(message: QueuedMessage, verdict: Verdict): Promise<boolean> {
    const delivery = this.#claimed.get(message);
    if (delivery === undefined) return false;
    this.#claimed.delete(message);
    return verdict === 'acknowledge' ? this.#options.ack(delivery) : this.#options.nack(delivery);
  }

  async release(): Promise<boolean> {
    await Promise.all([...this.#claimed.keys()].map((message) => this.settle(message, 'leave')));
    return this.#options.isOpen();
  }
}
