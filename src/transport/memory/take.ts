import type { Look } from '../inspection/queueReader.ts';
import type { QueuedMessage } from '../inspection/queueReader.ts';
import type { Verdict } from '../inspection/queueReader.ts';
import type { Take } from '../inspection/queueReader.ts';
import type { LookOptions } from '../inspection/queueReader.ts';
import type { MemoryQueue, StoredMessage } from './queue.ts';

export interface MemoryTakeOptions extends LookOptions {
  readonly queue: MemoryQueue;
  readonly onMessage: (message: QueuedMessage) => void;
  /** Whether the connection of the take was lost. */
  readonly isLost: () => boolean;
}

/** A take that removes a message from its queue when it is claimed. */
export class MemoryTake implements Take {
  readonly #options: MemoryTakeOptions;
  readonly #stored = new Map<QueuedMessage, StoredMessage>();
  readonly #claimed = new Set<QueuedMessage>();

  constructor(options: MemoryTakeOptions) {
    this.#options = options;
  }

  async read(): Promise<Look> {
    const { queue, limit, stopped, drained, onMessage } = this.#options;
    const asOfMs = Date.now();
    const messages = queue.first(limit);
    const { size: total, consumerCount: consumers } = queue;
    let count = 0;
    for (const stored of messages) {
      await drained?.();
      if (stopped.aborted) break;
      const message = toQueuedMessage(stored);
      this.#stored.set(message, stored);
      count++;
      onMessage(message);
    }
    const end = count < messages.length ? 'stopped' : 'complete';
    return { count, total, asOfMs, consumers, end };
  }

  keep(message: QueuedMessage): QueuedMessage {
    return message;
  }

  async claim(message: QueuedMessage): Promise<boolean> {
    const stored = this.#stored.get(message);
    if (stored === undefined || this.#options.isLost()) return false;
    if (!this.#options.queue.remove(stored)) return false;
    this.#claimed.add(message);
    return true;
  }

  async settle(message: QueuedMessage, verdict: Verdict): Promise<boolean> {
    if (!this.#claimed.delete(message)) return false;
    const isLost = this.#options.isLost();
    if (isLost || verdict === 'leave') this.#return(message);
    return !isLost;
  }

  async release(): Promise<boolean> {
    for (const message of this.#claimed) this.#return(message);
    this.#claimed.clear();
    return !this.#options.isLost();
  }

  #return(message: QueuedMessage): void {
    const stored = this.#stored.get(message);
    if (stored === undefined) return;
    this.#options.queue.put({ ...stored, deliveries: stored.deliveries + 1 });
  }
}

/** Copies the body, because the reader may overwrite it. */
export function toQueuedMessage({ id, body, headers, properties }: StoredMessage): QueuedMessage {
  return {
    id,
    body: Buffer.from(body),
    headers,
    properties,
    deadLetter: undefined,
    isReady: true,
    isDelayed: false,
  };
}
