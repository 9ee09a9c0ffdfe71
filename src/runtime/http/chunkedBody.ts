import { truncate } from '../../unicode.ts';
import { ReplyRejection } from '../connection/codec.ts';
import { replyInvalid } from '../reply/failedReply.ts';
import { GrowingBuffer } from './growingBuffer.ts';
import { MAX_HEAD_BYTES } from './responseHead.ts';

/**
 * The bytes of the lines around a chunk that are not counted, in addition to the size of the chunk.
 * Some servers send chunks of one byte.
 */
const FREE_LINE_BYTES = 16;

/**
 * A body in chunks (RFC 9112, section 7.1). Extensions and trailers are skipped. A body whose
 * extensions are larger than its content is invalid, because it could be endless otherwise.
 */
export class ChunkedBody {
  readonly #content: GrowingBuffer;
  /** The element that follows in the stream. */
  #next: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  /** The bytes of the current chunk that have not been read. */
  #leftBytes = 0;
  #trailerBytes = 0;
  /** The bytes of lines, less those that the content justifies. */
  #excessBytes = 0;

  constructor(maxBytes: number) {
    this.#content = new GrowingBuffer(maxBytes);
  }

  read(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length && this.#next !== 'nothing') {
      const end = this.#next === 'data' ? this.#readData(bytes, at) : this.#readLine(bytes, at);
      if (end === undefined) break;
      at = end;
    }
    return at;
  }

  content(): Buffer {
    return this.#content.bytes();
  }

  isComplete(): boolean {
    return this.#next === 'nothing';
  }

  #readData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#leftBytes);
    this.#content.append(bytes, start, end);
    this.#leftBytes -= end - start;
    if (this.#leftBytes === 0) this.#next = 'end of data';
    return end;
  }

  /** Returns undefined if the line is incomplete. */
  #readLine(bytes: Buffer, start: number): number | undefined {
    const end = bytes.indexOf('\n', start);
    if ((end < 0 ? bytes.length : end) - start > MAX_HEAD_BYTES)
      throw invalidChunk('a line is too long');
    if (end < 0) return undefined;
    const line = bytes.toString('latin1', start, end);
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    return end + 1;
  }

  #countExcess(bytes: number): void {
    this.#excessBytes = Math.max(0, this.#excessBytes + bytes);
    if (this.#excessBytes > MAX_HEAD_BYTES) throw invalidChunk('its extensions are too long');
  }

  #onLine(line: string): void {
    switch (this.#next) {
      case 'size':
        this.#leftBytes = readChunkSize(line);
        this.#content.checkLimit(this.#leftBytes);
        this.#countExcess(line.length - FREE_LINE_BYTES - this.#leftBytes);
        this.#next = this.#leftBytes === 0 ? 'trailer' : 'data';
        return;
      case 'end of data':
        if (line !== '') throw invalidChunk('a chunk is longer than its size');
        this.#next = 'size';
        return;
      case 'trailer':
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > MAX_HEAD_BYTES) throw invalidChunk('the trailers are too long');
        if (line === '') this.#next = 'nothing';
        return;
      case 'data':
      case 'nothing':
    }
  }
}

const CHUNK_SIZE = /^([0-9a-f]{1,13})[\t ]*(?:;.*)?$/i;

function readChunkSize(line: string): number {
  const [, digits] = CHUNK_SIZE.exec(line) ?? [];
  if (digits === undefined)
    throw invalidChunk(`${JSON.stringify(truncate(line, 64))} is not a chunk size`);
  return Number.parseInt(digits, 16);
}

function invalidChunk(problem: string): ReplyRejection {
  return new ReplyRejection(replyInvalid(`the chunked body of the reply is invalid: ${problem}`));
}
