/**
 * Frames, the oldest way to send messages over a stream:
 *
 *     ┌───────────────────────┬──────────────────┐
 *     │ length, 4 bytes       │ length bytes     │  and the next frame follows at once
 *     │ unsigned, big-endian  │                  │
 *     └───────────────────────┴──────────────────┘
 */
const HEADER_BYTES = 4;

/**
 * A frame with a small body is copied into one piece, which is one write; a larger one is not worth
 * the copy.
 */
const COPIED_BODY_BYTES = 16 * 1024;

/** The pieces of a frame, to be written one after the other. */
export function encodeFrame(body: Buffer): readonly Buffer[] {
  const copied = body.length <= COPIED_BODY_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + (copied ? body.length : 0));
  head.writeUInt32BE(body.length);
  if (!copied) return [head, body];
  body.copy(head, HEADER_BYTES);
  return [head];
}

export interface FrameEvents {
  /** One whole frame: a part of the chunk that it came in, or a copy when it came in several. */
  onFrame(body: Buffer): void;
  /** A length over the limit was read. What follows it is not looked at, now or later. */
  onTooLarge(sizeBytes: number): void;
}

export interface FrameDecoder {
  /** Takes the next bytes of the stream, cut anywhere. */
  push(chunk: Buffer): void;
  /** How much there is of a frame that has begun and not ended, its length included. */
  pendingBytes(): number;
}

/**
 * @param maxBodyBytes the largest body that is taken; a larger one is refused from its length alone
 */
export function createFrameDecoder(maxBodyBytes: number, events: FrameEvents): FrameDecoder {
  const head = Buffer.alloc(HEADER_BYTES);
  let headFilled = 0;
  let body: Buffer | undefined;
  let bodyFilled = 0;
  let refused = false;

  /** Reads from the chunk what it has of the next frame, and returns where it stopped. */
  function read(chunk: Buffer, at: number): number {
    if (refused) return chunk.length;
    if (body !== undefined) return readBody(body, chunk, at);
    const taken = chunk.copy(head, headFilled, at);
    headFilled += taken;
    return headFilled < HEADER_BYTES
      ? at + taken
      : startBody(head.readUInt32BE(), chunk, at + taken);
  }

  function startBody(sizeBytes: number, chunk: Buffer, at: number): number {
    if (sizeBytes > maxBodyBytes) {
      refused = true;
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
    const taken = chunk.copy(into, bodyFilled, at);
    bodyFilled += taken;
    if (bodyFilled === into.length) {
      headFilled = 0;
      body = undefined;
      events.onFrame(into);
    }
    return at + taken;
  }

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) at = read(chunk, at);
    },
    pendingBytes: () => headFilled + (body === undefined ? 0 : bodyFilled),
  };
}
