import { ReplyRejection } from '../connection/codec.ts';
import { replyTooLarge } from '../reply/failedReply.ts';
import { ChunkedBody } from './chunkedBody.ts';
import { GrowingBuffer } from './growingBuffer.ts';
import type { Framing } from './responseHead.ts';

/** The body of one response, read chunk by chunk as it arrives. */
export interface ResponseBody {
  /**
   * Reads bytes of the body from `start` on, and returns the index of the first byte that it has
   * not read.
   * @throws {ReplyRejection} if the body is too large or malformed
   */
  read(bytes: Buffer, start: number): number;
  /** The content that has been read so far. */
  content(): Buffer;
  /** Whether the end of the body has been read. */
  isComplete(): boolean;
}

/** @throws {ReplyRejection} if the announced length is over the limit */
export function createBody(framing: Framing, maxBytes: number): ResponseBody {
  switch (framing.kind) {
    case 'none':
      return new SizedBody(0);
    case 'length':
      if (framing.sizeBytes > maxBytes)
        throw new ReplyRejection(replyTooLarge(framing.sizeBytes, maxBytes));
      return new SizedBody(framing.sizeBytes);
    case 'chunked':
      return new ChunkedBody(maxBytes);
    case 'close':
      return new UnsizedBody(maxBytes);
  }
}

const EMPTY = Buffer.alloc(0);

/**
 * A body of known length. It is a slice of the received chunk, or a copy if it arrived in several
 * chunks.
 */
class SizedBody implements ResponseBody {
  readonly #sizeBytes: number;
  #bytes: Buffer = EMPTY;
  #filledBytes = 0;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  read(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#sizeBytes - this.#filledBytes);
    if (end - start === this.#sizeBytes) this.#bytes = bytes.subarray(start, end);
    else this.#copy(bytes, start, end);
    this.#filledBytes += end - start;
    return end;
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#filledBytes);
  }

  isComplete(): boolean {
    return this.#filledBytes === this.#sizeBytes;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (this.#filledBytes === 0) this.#bytes = Buffer.allocUnsafeSlow(this.#sizeBytes);
    bytes.copy(this.#bytes, this.#filledBytes, start, end);
  }
}

/** A body that ends with its connection. */
class UnsizedBody implements ResponseBody {
  readonly #content: GrowingBuffer;

  constructor(maxBytes: number) {
    this.#content = new GrowingBuffer(maxBytes);
  }

  read(bytes: Buffer, start: number): number {
    this.#content.append(bytes, start, bytes.length);
    return bytes.length;
  }

  content(): Buffer {
    return this.#content.bytes();
  }

  isComplete(): boolean {
    return false;
  }
}
