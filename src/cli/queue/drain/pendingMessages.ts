import { KIB, MIB } from '../../../units.ts';
import type { QueuedMessage } from '../../../transport/inspection/queueReader.ts';

const MAX_PENDING_BYTES = 64 * MIB;
/** The memory of a message without its body. */
const MESSAGE_BYTES = KIB;

/** The messages of one round that are not decided yet, in order. Bounded by the size of bodies. */
export class PendingMessages {
  #messages: QueuedMessage[] = [];
  #next = 0;
  #bytes = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /** Returns false when the message does not fit. A single message of any size fits. */
  push(message: QueuedMessage, keep: (message: QueuedMessage) => QueuedMessage): boolean {
    const bytes = bytesOf(message);
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_PENDING_BYTES) return false;
    this.#messages.push(keep(message));
    this.#bytes += bytes;
    this.#notify();
    return true;
  }

  /** The next message; undefined when `end` was called and none is left. */
  async next(): Promise<QueuedMessage | undefined> {
    while (this.#next === this.#messages.length && !this.#isEnded) await this.#changed.promise;
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next++;
    this.#bytes -= bytesOf(message);
    this.#compact();
    this.#notify();
    return message;
  }

  /** Resolves when half of the limit is free, or after `end`. */
  async drained(): Promise<void> {
    while (this.#bytes > MAX_PENDING_BYTES / 2 && !this.#isEnded) await this.#changed.promise;
  }

  /** No message follows. */
  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  /** Drops the messages that `next` has not returned. Returns their number. */
  drop(): number {
    const count = this.#messages.length - this.#next;
    this.#messages = [];
    this.#next = 0;
    this.#bytes = 0;
    this.end();
    return count;
  }

  /** Releases the messages that `next` has returned. */
  #compact(): void {
    if (this.#next < 1_000 && this.#next < this.#messages.length) return;
    this.#messages.splice(0, this.#next);
    this.#next = 0;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function bytesOf({ body }: QueuedMessage): number {
  return MESSAGE_BYTES + body.length;
}
