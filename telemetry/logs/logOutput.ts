import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/**
 * The standard output as the destination of a log: a bounded buffer, written at the end of each
 * turn of the event loop as far as the output takes it. While a reader stalls or the disk is full,
 * lines that do not fit are dropped and counted; nothing waits, and nothing throws.
 *
 * pino's own destination either blocks the event loop until the output takes a line, or hands it to
 * a thread, where a write that blocks also keeps the process from exiting.
 */
export interface LogOutput extends DestinationStream {
  /**
   * Writes what is buffered, blocking the process for at most `timeoutMs`; the rest is lost. For
   * the exit.
   */
  flushSync(timeoutMs: number): void;
}

export interface LogOutputOptions {
  /** Called for each line that is dropped. */
  readonly onDropped: () => void;
  /**
   * Called once the output takes lines again, with the number of lines that were dropped meanwhile.
   */
  readonly onRecovered: (dropped: number) => void;
  /** @default standard output; must not block */
  readonly fd?: number;
  readonly maxBufferedLength?: number;
}

const KIB = 1024;
/**
 * Some thousand lines: a busy sidecar writes that in about a second. In UTF-16 units, which are
 * nearly always bytes.
 */
const MAX_BUFFERED_LENGTH = 4 * KIB * KIB;
const CHUNK_LENGTH = 64 * KIB;
/** After as many chunks the event loop has its turn. */
const MAX_CHUNKS_PER_TURN = 16;
/**
 * A pipe holds 64 KiB, so this limits a log to 64 MB/s; the interval grows while the reader stalls.
 */
const MIN_FULL_INTERVAL_MS = 1;
const MAX_FULL_INTERVAL_MS = 20;
const FAILED_INTERVAL_MS = 1_000;

export function createLogOutput(options: LogOutputOptions): LogOutput {
  const {
    onDropped,
    onRecovered,
    fd = standardOutput(),
    maxBufferedLength = MAX_BUFFERED_LENGTH,
  } = options;
  let lines: string[] = [];
  /** Of lines and chunk. */
  let bufferedLength = 0;
  /** What is being written. */
  let chunk: Buffer = Buffer.alloc(0);
  let chunkLength = 0;
  let dropped = 0;
  let fullIntervalMs = MIN_FULL_INTERVAL_MS;
  let isScheduled = false;

  function write(line: string): void {
    if (bufferedLength + line.length > maxBufferedLength) {
      dropped++;
      onDropped();
      return;
    }
    lines.push(line);
    bufferedLength += line.length;
    if (!isScheduled) schedule(0);
  }

  function schedule(delayMs: number): void {
    isScheduled = true;
    const run = (): void => {
      isScheduled = false;
      flush();
    };
    if (delayMs === 0) setImmediate(run);
    // The log does not keep the process alive; it is flushed at the exit.
    else setTimeout(run, delayMs).unref();
  }

  function scheduleWhenFull(): void {
    schedule(fullIntervalMs);
    fullIntervalMs = Math.min(fullIntervalMs * 2, MAX_FULL_INTERVAL_MS);
  }

  function flush(): void {
    for (let chunks = 0; bufferedLength > 0; chunks++) {
      if (chunks === MAX_CHUNKS_PER_TURN) return schedule(0);
      const result = writeChunk();
      if (result === 'full') return scheduleWhenFull();
      if (result === 'failed') return schedule(FAILED_INTERVAL_MS);
    }
    if (dropped > 0) {
      const count = dropped;
      dropped = 0;
      onRecovered(count);
    }
  }

  /** Writes one chunk to its end. */
  function writeChunk(): 'written' | 'full' | 'failed' {
    if (chunk.length === 0) takeChunk();
    try {
      while (chunk.length > 0) {
        chunk = chunk.subarray(writeSync(fd, chunk));
        fullIntervalMs = MIN_FULL_INTERVAL_MS;
      }
    } catch (error) {
      return codeOf(error) === 'EAGAIN' ? 'full' : 'failed';
    }
    bufferedLength -= chunkLength;
    chunkLength = 0;
    return 'written';
  }

  function takeChunk(): void {
    let count = 0;
    while (count < lines.length && (count === 0 || chunkLength < CHUNK_LENGTH)) {
      chunkLength += lines[count]?.length ?? 0;
      count++;
    }
    chunk = Buffer.from((count === lines.length ? lines : lines.slice(0, count)).join(''));
    lines = lines.slice(count);
  }

  function flushSync(timeoutMs: number): void {
    const deadlineMs = performance.now() + timeoutMs;
    while (bufferedLength > 0) {
      const result = writeChunk();
      if (result === 'failed' || performance.now() >= deadlineMs) return;
      if (result === 'full') sleepSync(MIN_FULL_INTERVAL_MS);
    }
  }

  return { write, flushSync };
}

/**
 * Node makes a pipe or a socket non-blocking when its stream is made: a write to a full one fails
 * with EAGAIN.
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
