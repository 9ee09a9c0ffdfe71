import { MIB } from '../units.ts';
import type { Message } from './message.ts';

const MAX_COPIES = 1_000;
const MAX_BYTES = 16 * MIB;

/** A copy on its way to a reply queue. */
export interface WaitingCopy {
  readonly queue: string;
  readonly message: Message;
}

/**
 * The copies that an adapter cannot send to the broker yet, in order. They are limited in number
 * and size, so that a slow or unreachable broker does not fill the memory.
 */
export class CopyBuffer {
  readonly #copies: WaitingCopy[] = [];
  #sizeBytes = 0;

  /** Adds a copy with a body of its own, or drops it when the buffer is full. */
  add(queue: string, message: Message): void {
    const sizeBytes = this.#sizeBytes + message.body.length;
    const isFull = this.#copies.length >= MAX_COPIES || sizeBytes > MAX_BYTES;
    if (isFull && this.#copies.length > 0) return;
    this.#copies.push({ queue, message: { ...message, body: Buffer.from(message.body) } });
    this.#sizeBytes = sizeBytes;
  }

  /** Removes and returns all copies, in order. */
  takeAll(): readonly WaitingCopy[] {
    this.#sizeBytes = 0;
    return this.#copies.splice(0);
  }

  /** Removes and returns the oldest copy. */
  take(): WaitingCopy | undefined {
    const copy = this.#copies.shift();
    if (copy !== undefined) this.#sizeBytes -= copy.message.body.length;
    return copy;
  }
}
