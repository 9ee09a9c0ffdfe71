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

/** Returns the buffers of a frame, which are written one after the other. */
export function encodeFrame(body: Buffer): readonly Buffer[] {
  const isCopied = body.length <= MAX_COPIED_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + (isCopied ? body.length : 0));
  head.writeUInt32BE(body.length);
  if (!isCopied) return [head, body];
  body.copy(head, HEADER_BYTES);
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
  const head = Buffer.alloc(HEADER_BYTES);
  let headFilled = 0;
  let body: Buffer | undefined;
  let bodyFilled = 0;
  let isRejected = false;

  /** Reads the next part of a frame; returns the index of the first byte that it has not read. */
  function read(chunk: Buffer, at: number): number {
    if (isRejected) return chunk.length;
    if (body !== undefined) return readBody(body, chunk, at);
    const copied = chunk.copy(head, headFilled, at);
    headFilled += copied;
    return headFilled < HEADER_BYTES
      ? at + copied
      : startBody(head.readUInt32BE(), chunk, at + copied);
  }

  function startBody(sizeBytes: number, chunk: Buffer, at: number): number {
    if (sizeBytes > maxBodyBytes) {
      isRejected = true;
      events.onTooLarge(sizeBytes);
      return chunk.length;
    }
    const end = at + sizeBytes;
    if (end <= chunk.length) {
      headFilled = 0;
      events.onFrame(chunk.subarray(at, end));
      return end;
    }
    body = Buffer.allocUnsafeSlow(sizeBytes);
    bodyFilled = 0;
    return readBody(body, chunk, at);
  }

  function readBody(into: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(into, bodyFilled, at);
    bodyFilled += copied;
    if (bodyFilled === into.length) {
      headFilled = 0;
      body = undefined;
      events.onFrame(into);
    }
    return at + copied;
  }

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) at = read(chunk, at);
    },
    pendingBytes: () => headFilled + (body === undefined ? 0 : bodyFilled),
  };
}
