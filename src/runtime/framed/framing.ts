import { KIB } from '../../units.ts';

/**
 * The format of a stream of length-prefixed frames:
 *
 *     ┌───────────────────────┬──────────────────┐
 *     │ length, 4 bytes       │ length bytes     │  the next frame follows
 *     │ unsigned, big-endian  │                  │
 *     └───────────────────────┴──────────────────┘
 */
const HEADER_BYTES = 4;

/** A body up to this size is copied behind its length, so that one write sends both. */
const MAX_COPIED_BYTES = 16 * KIB;

/**
 * Returns the buffers of a frame, which are written one after the other.
 * @param parts of the body, in order
 */
export function encodeFrame(...parts: readonly Buffer[]): readonly Buffer[] {
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
  const isCopied = sizeBytes <= MAX_COPIED_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + (isCopied ? sizeBytes : 0));
  head.writeUInt32BE(sizeBytes);
  if (!isCopied) return [head, ...parts];
  let at = HEADER_BYTES;
  for (const part of parts) at += part.copy(head, at);
  return [head];
}

export interface FrameEvents {
  /** Called with a complete body: a slice of the chunk, or a copy if it arrived in several. */
  onFrame(body: Buffer): void;
  /** Called with a length over the limit. The decoder ignores all further bytes. */
  onTooLarge(sizeBytes: number): void;
}

export interface FrameDecoder {
  /** Decodes the next chunk of the stream. */
  push(chunk: Buffer): void;
  /** The received bytes of an incomplete frame, its length included. */
  pendingBytes(): number;
}

/**
 * Creates a decoder of one stream.
 * @param maxBodyBytes the largest body; a larger one is rejected as soon as its length is read
 */
export function createFrameDecoder(maxBodyBytes: number, events: FrameEvents): FrameDecoder {
  return new StreamDecoder(maxBodyBytes, events);
}

class StreamDecoder implements FrameDecoder {
  readonly #maxBodyBytes: number;
  readonly #events: FrameEvents;
  readonly #head = Buffer.alloc(HEADER_BYTES);
  #headFilled = 0;
  /** The buffer of a body that arrives in several chunks. */
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #isRejected = false;

  constructor(maxBodyBytes: number, events: FrameEvents) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#read(chunk, at);
  }

  pendingBytes(): number {
    return this.#headFilled + (this.#body === undefined ? 0 : this.#bodyFilled);
  }

  /** Reads the next part of a frame; returns the index of the first byte that it has not read. */
  #read(chunk: Buffer, start: number): number {
    if (this.#isRejected) return chunk.length;
    if (this.#body !== undefined) return this.#readBody(this.#body, chunk, start);
    const copied = chunk.copy(this.#head, this.#headFilled, start);
    this.#headFilled += copied;
    return this.#headFilled < HEADER_BYTES
      ? start + copied
      : this.#startBody(this.#head.readUInt32BE(), chunk, start + copied);
  }

  #startBody(sizeBytes: number, chunk: Buffer, start: number): number {
    if (sizeBytes > this.#maxBodyBytes) {
      this.#isRejected = true;
      this.#events.onTooLarge(sizeBytes);
      return chunk.length;
    }
    const end = start + sizeBytes;
    if (end <= chunk.length) {
      this.#headFilled = 0;
      this.#events.onFrame(chunk.subarray(start, end));
      return end;
    }
    this.#body = Buffer.allocUnsafeSlow(sizeBytes);
    this.#bodyFilled = 0;
    return this.#readBody(this.#body, chunk, start);
  }

  #readBody(body: Buffer, chunk: Buffer, start: number): number {
    const copied = chunk.copy(body, this.#bodyFilled, start);
    this.#bodyFilled += copied;
    if (this.#bodyFilled === body.length) {
      this.#headFilled = 0;
      this.#body = undefined;
      this.#events.onFrame(body);
    }
    return start + copied;
  }
}
