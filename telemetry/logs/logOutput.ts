import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { KIB, MIB, SECOND } from '../../src/units.ts';

export interface LogOutputOptions {
  /** Called for each dropped line. */
  readonly onDropped: () => void;
  /** Called when the output accepts lines again, with the number of lines dropped in between. */
  readonly onRecovered: (dropped: number) => void;
  /** A non-blocking file descriptor. @default standard output */
  readonly fd?: number;
  /** @default 4 MiB, in UTF-16 code units, which nearly always are bytes */
  readonly maxBufferedLength?: number;
}

const MAX_BUFFERED_LENGTH = 4 * MIB;
const CHUNK_LENGTH = 64 * KIB;
/** After this many chunks the event loop continues before the next one. */
const MAX_CHUNKS_PER_TURN = 16;
/**
 * A pipe holds 64 KiB, so that this interval limits a log to 64 MB/s. The interval grows while the
 * reader stalls.
 */
const MIN_FULL_INTERVAL_MS = 1;
const MAX_FULL_INTERVAL_MS = 20;
const FAILED_INTERVAL_MS = SECOND;

/**
 * Writes a log to standard output through a bounded buffer, at the end of each turn of the event
 * loop. While the reader stalls or the disk is full, lines that do not fit are dropped and counted.
 * A write never waits and never throws.
 *
 * The destinations of pino do not fit: one blocks the event loop until the output accepts a line;
 * the other writes in a thread, where a blocked write keeps the process from exiting.
 */
export class LogOutput implements DestinationStream {
  readonly #options: LogOutputOptions;
  readonly #fd: number;
  readonly #maxBufferedLength: number;
  #lines: string[] = [];
  /** The length of the lines and of the chunk. */
  #bufferedLength = 0;
  /** The bytes that are being written. */
  #chunk: Buffer = Buffer.alloc(0);
  #chunkLength = 0;
  #dropped = 0;
  #fullIntervalMs = MIN_FULL_INTERVAL_MS;
  #isScheduled = false;

  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#fd = options.fd ?? standardOutput();
    this.#maxBufferedLength = options.maxBufferedLength ?? MAX_BUFFERED_LENGTH;
  }

  write(line: string): void {
    if (this.#bufferedLength + line.length > this.#maxBufferedLength) {
      this.#dropped++;
      this.#options.onDropped();
      return;
    }
    this.#lines.push(line);
    this.#bufferedLength += line.length;
    if (!this.#isScheduled) this.#schedule(0);
  }

  /**
   * Writes the buffer when the process exits, blocking for at most `timeoutMs`. The rest is lost.
   */
  flushSync(timeoutMs: number): void {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#bufferedLength > 0) {
      const result = this.#writeChunk();
      if (result === 'failed' || performance.now() >= deadlineMs) return;
      if (result === 'full') sleepSync(MIN_FULL_INTERVAL_MS);
    }
  }

  #schedule(delayMs: number): void {
    this.#isScheduled = true;
    const run = (): void => {
      this.#isScheduled = false;
      this.#flush();
    };
    if (delayMs === 0) setImmediate(run);
    // The log does not keep the process alive; flushSync writes the rest at the exit.
    else setTimeout(run, delayMs).unref();
  }

  #flush(): void {
    for (let chunks = 0; this.#bufferedLength > 0; chunks++) {
      if (chunks === MAX_CHUNKS_PER_TURN) return this.#schedule(0);
      const result = this.#writeChunk();
      if (result === 'full') return this.#scheduleWhenFull();
      if (result === 'failed') return this.#schedule(FAILED_INTERVAL_MS);
    }
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#options.onRecovered(dropped);
  }

  #scheduleWhenFull(): void {
    this.#schedule(this.#fullIntervalMs);
    this.#fullIntervalMs = Math.min(this.#fullIntervalMs * 2, MAX_FULL_INTERVAL_MS);
  }

  /** Writes the current chunk, or the next one, until it is complete or the output is full. */
  #writeChunk(): 'written' | 'full' | 'failed' {
    if (this.#chunk.length === 0) this.#nextChunk();
    try {
      while (this.#chunk.length > 0) {
        this.#chunk = this.#chunk.subarray(writeSync(this.#fd, this.#chunk));
        this.#fullIntervalMs = MIN_FULL_INTERVAL_MS;
      }
    } catch (error) {
      return codeOf(error) === 'EAGAIN' ? 'full' : 'failed';
    }
    this.#bufferedLength -= this.#chunkLength;
    this.#chunkLength = 0;
    return 'written';
  }

  #nextChunk(): void {
    const lines = this.#lines;
    let count = 0;
    while (count < lines.length && (count === 0 || this.#chunkLength < CHUNK_LENGTH)) {
      this.#chunkLength += lines[count]?.length ?? 0;
      count++;
    }
    this.#chunk = Buffer.from((count === lines.length ? lines : lines.slice(0, count)).join(''));
    this.#lines = lines.slice(count);
  }
}

/**
 * Returns the file descriptor of standard output. Creating `process.stdout` makes a pipe or socket
 * non-blocking, so that a write to a full one fails with EAGAIN.
 */
function standardOutput(): number {
  return process.stdout.fd;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function sleepSync(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}
