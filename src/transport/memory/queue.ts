import type { Headers, MessageProperties } from '../message.ts';

/** A message in a memory queue. */
export interface StoredMessage {
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  /** The message's position in the queue; lower positions are delivered first. */
  readonly position: number;
  /** The number of earlier deliveries. */
  readonly deliveries: number;
  /** The number of earlier deliveries that were not settled. */
  readonly unsettled: number;
}

export interface MemoryConsumer {
  /** Whether the number of unsettled deliveries is below the prefetch. */
  hasCapacity(): boolean;
  deliver(message: StoredMessage): void;
}

/**
 * A queue that delivers to its consumers in turn. Deliveries are asynchronous: they never happen
 * within the call that caused them.
 */
export class MemoryQueue {
  readonly #ready: StoredMessage[] = [];
  #delayed = 0;
  #consumers: readonly MemoryConsumer[] = [];
  #isScheduled = false;

  /** The number of messages that are ready to be delivered. */
  get size(): number {
    return this.#ready.length;
  }

  /** The number of messages whose delay has not passed. */
  get delayed(): number {
    return this.#delayed;
  }

  /** The first messages that are ready, at most `limit`. */
  first(limit: number): readonly StoredMessage[] {
    return this.#ready.slice(0, limit);
  }

  /** Removes a message that is ready. Returns false when it is not. */
  remove(message: StoredMessage): boolean {
    const index = this.#ready.indexOf(message);
    if (index >= 0) this.#ready.splice(index, 1);
    return index >= 0;
  }

  get consumerCount(): number {
    return this.#consumers.length;
  }

  /** Adds a new or requeued message at its position. */
  put(message: StoredMessage): void {
    const before = this.#ready.findLastIndex(({ position }) => position < message.position);
    this.#ready.splice(before + 1, 0, message);
    this.schedule();
  }

  /** Counts a delayed message until the returned function is called. */
  startDelay(): () => void {
    this.#delayed++;
    return () => void this.#delayed--;
  }

  attach(consumer: MemoryConsumer): void {
    this.#consumers = [...this.#consumers, consumer];
    this.schedule();
  }

  detach(consumer: MemoryConsumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** Delivers ready messages in the next turn of the event loop. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliverReady();
    });
  }

  #deliverReady(): void {
    while (this.#ready.length > 0) {
      const consumer = this.#consumers.find((candidate) => candidate.hasCapacity());
      if (consumer === undefined) return;
      const message = this.#ready.shift();
      if (message === undefined) return;
      this.#consumers = [...this.#consumers.filter((other) => other !== consumer), consumer];
      consumer.deliver(message);
    }
  }
}
