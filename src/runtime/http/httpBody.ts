import { truncate } from '../../unicode.ts';
import { replyInvalid, replyTooLarge } from '../reply/failure.ts';
import { MAX_HEAD_BYTES, type Framing } from './httpHead.ts';
import { Refusal } from '../connection/protocol.ts';

/** The body of one response, as it arrives. */
export interface ResponseBody {
  /**
   * Takes what it can of the bytes from `start` on; returns where it stopped.
   * @throws {Refusal} when the body is too large, or breaks HTTP
   */
  read(bytes: Buffer, start: number): number;
  /** What the body consists of so far. */
  content(): Buffer;
  /** The end of the body has been read. */
  isComplete(): boolean;
}

/** @throws {Refusal} when the body is announced as too large */
export function openBody(framing: Framing, maxBytes: number): ResponseBody {
  switch (framing.kind) {
    case 'none':
      return new SizedBody(0);
    case 'length':
      if (framing.sizeBytes > maxBytes)
        throw new Refusal(replyTooLarge(framing.sizeBytes, maxBytes));
      return new SizedBody(framing.sizeBytes);
    case 'chunked':
      return new ChunkedBody(maxBytes);
    case 'close':
      return new UnsizedBody(maxBytes);
  }
}

const EMPTY = Buffer.alloc(0);

/**
 * A body whose size is known: a part of the chunk that it came in, or a copy when it came in
 * several.
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

  #copy(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (this.#filledBytes === 0) this.#bytes = Buffer.allocUnsafeSlow(this.#sizeBytes);
    bytes.copy(this.#bytes, this.#filledBytes, start, end);
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#filledBytes);
  }

  isComplete(): boolean {
    return this.#filledBytes === this.#sizeBytes;
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

/** A body in chunks (RFC 9112, section 7.1). Extensions and trailers are skipped. */
class ChunkedBody implements ResponseBody {
  readonly #content: GrowingBuffer;
  /** What is read next. */
  #next: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  #leftBytes = 0;
  #trailerBytes = 0;

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

  /** Undefined when the line goes on in the next bytes. */
  #readLine(bytes: Buffer, start: number): number | undefined {
    const end = bytes.indexOf('\n', start);
    if ((end < 0 ? bytes.length : end) - start > MAX_HEAD_BYTES)
      throw badChunk('a line is too long');
    if (end < 0) return undefined;
    const line = bytes.toString('latin1', start, end);
    this.#takeLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    return end + 1;
  }

  #takeLine(line: string): void {
    switch (this.#next) {
      case 'size':
        this.#leftBytes = readChunkSize(line);
        this.#content.checkRoom(this.#leftBytes);
        this.#next = this.#leftBytes === 0 ? 'trailer' : 'data';
        return;
      case 'end of data':
        if (line !== '') throw badChunk('a chunk is longer than its size');
        this.#next = 'size';
        return;
      case 'trailer':
        this.#trailerBytes += line.length;
        if (this.#trailerBytes > MAX_HEAD_BYTES) throw badChunk('its trailers are too long');
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
    throw badChunk(`${JSON.stringify(truncate(line, 64))} is not the size of a chunk`);
  return Number.parseInt(digits, 16);
}

function badChunk(why: string): Refusal {
  return new Refusal(replyInvalid(`the chunks of the reply break HTTP: ${why}`));
}

/**
 * Bytes of unknown number in one buffer, whose size doubles, so that the smallest chunks take no
 * memory of their own.
 */
class GrowingBuffer {
  readonly #maxBytes: number;
  #bytes: Buffer = EMPTY;
  #filledBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws {Refusal} when so many bytes more are too many */
  checkRoom(moreBytes: number): void {
    const sizeBytes = this.#filledBytes + moreBytes;
    if (sizeBytes > this.#maxBytes) throw new Refusal(replyTooLarge(sizeBytes, this.#maxBytes));
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.checkRoom(end - start);
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
