import { readFailedMessage, type FailedMessage } from '../failures/failedMessage.ts';
import type { FailedDelivery } from '../failures/failedForm.ts';
import type { ErrorQueue } from './errorQueue.ts';
import type { ErrorFilter } from './filter.ts';

/** Selects the messages of a queue that match a filter, up to its limit, and counts them. */
export class Selection {
  readonly #queue: ErrorQueue;
  readonly #filter: Pick<ErrorFilter, 'matches' | 'limit'>;
  readonly #complete = new AbortController();
  #read = 0;
  #selected = 0;

  constructor(queue: ErrorQueue, filter: Pick<ErrorFilter, 'matches' | 'limit'>) {
    this.#queue = queue;
    this.#filter = filter;
  }

  /** The number of messages that were read. */
  get read(): number {
    return this.#read;
  }

  /** The number of messages that were selected. */
  get selected(): number {
    return this.#selected;
  }

  /** Aborts when the limit of the filter is reached; further messages may match. */
  get complete(): AbortSignal {
    return this.#complete.signal;
  }

  /** Returns the message if it is selected. */
  select(delivery: FailedDelivery): FailedMessage | undefined {
    if (this.complete.aborted) return undefined;
    this.#read++;
    const message = readFailedMessage(delivery, this.#queue.config);
    if (!this.#filter.matches(message)) return undefined;
    this.#selected++;
    if (this.#selected >= this.#filter.limit) this.#complete.abort();
    return message;
  }
}
