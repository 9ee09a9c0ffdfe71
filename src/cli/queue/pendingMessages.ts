import { KIB, MIB } from '../../units.ts';
import type { QueuedMessage } from '../../transport/transport.ts';

const MAX_PENDING_BYTES = 64 * MIB;
/** The memory of a message without its body. */
const MESSAGE_BYTES = KIB;
/** Before the sizes of the messages are known. */
const FIRST_READ = 256;

/** The messages of one round that are not decided yet, in order. Bounded by the size of bodies. */
export class PendingMessages {
  #messages: QueuedMessage[] = [];
  #next = 0;
  #bytes = 0;
  #seen = 0;
  #seenBytes = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /** Counts a message that was read and needs no decision. */
  skip(): void {
    this.#seen++;
  }

  /** Returns false when the message does not fit. A single message of any size fits. */
  push(message: QueuedMessage, keep: (message: QueuedMessage) => QueuedMessage): boolean {
    const bytes = bytesOf(message);
    this.#seen++;
    this.#seenBytes += bytes;
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

  /**
   * Resolves to the number of messages that probably fit, once half of the limit is free; to 0
   * after `end`.
   */
  async room(): Promise<number> {
    while (this.#bytes > MAX_PENDING_BYTES / 2 && !this.#isEnded) await this.#changed.promise;
    if (this.#isEnded) return 0;
    if (this.#seen === 0) return FIRST_READ;
    const averageBytes = this.#seenBytes / this.#seen;
    const fitting = Math.floor((MAX_PENDING_BYTES - this.#bytes) / averageBytes);
    return Math.max(1, Math.min(fitting, Number.MAX_SAFE_INTEGER));
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
