import { ReplyRejection } from '../connection/codec.ts';
import { replyTooLarge } from '../reply/failedReply.ts';

/**
 * A buffer for content of unknown length. Its capacity doubles, so that many small chunks need no
 * buffer each.
 */
export class GrowingBuffer {
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(0);
  #filledBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws {ReplyRejection} if `moreBytes` would exceed the limit */
  checkLimit(moreBytes: number): void {
    const sizeBytes = this.#filledBytes + moreBytes;
    if (sizeBytes > this.#maxBytes) {
      throw new ReplyRejection(replyTooLarge(sizeBytes, this.#maxBytes));
    }
  }

  /** @throws {ReplyRejection} if the content would exceed the limit */
  append(bytes: Buffer, start: number, end: number): void {
    this.checkLimit(end - start);
    const filledBytes = this.#filledBytes + end - start;
    if (filledBytes > this.#bytes.length) this.#grow(filledBytes);
    bytes.copy(this.#bytes, this.#filledBytes, start, end);
    this.#filledBytes = filledBytes;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#filledBytes);
  }

  #grow(minBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(
      Math.min(this.#maxBytes, Math.max(minBytes, 2 * this.#bytes.length)),
    );
    this.#bytes.copy(grown, 0, 0, this.#filledBytes);
    this.#bytes = grown;
  }
}
