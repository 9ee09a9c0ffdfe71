const LENGTH_BYTES = 4;

/** Thrown when a frame is longer than the limit. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
}

/** Splits a stream into frames: a length (unsigned, 32 bits, big-endian), then as many bytes. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
  }

  /** Whether no byte of a frame has arrived. */
  isEmpty(): boolean {
    return this.#sizeBytes === 0;
  }

  /**
   * Returns the body of the next frame; undefined if it has not arrived yet.
   *
   * @throws {FrameTooLarge}
   */
  next(): Buffer | undefined {
    if (this.#sizeBytes < LENGTH_BYTES) return undefined;
    const length = this.#readLength();
    if (length > this.#maxBytes)
      throw new FrameTooLarge(`the frame has ${length} bytes, over the limit of ${this.#maxBytes}`);
    const end = LENGTH_BYTES + length;
    if (this.#sizeBytes < end) return undefined;
    const bytes = this.#join();
    this.#chunks = bytes.length === end ? [] : [bytes.subarray(end)];
    this.#sizeBytes -= end;
    return bytes.subarray(LENGTH_BYTES, end);
  }

  #readLength(): number {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= LENGTH_BYTES) return first.readUInt32BE();
    const bytes = this.#join();
    this.#chunks = [bytes];
    return bytes.readUInt32BE();
  }

  #join(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
  }
}

/** Encodes a frame in one buffer, so that it is written at once. */
export function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length);
  frame.write(text, LENGTH_BYTES);
  return frame;
}
