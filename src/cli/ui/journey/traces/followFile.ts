import { constants, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Sleep } from '../../../../backoff.ts';
import { KIB, MIB } from '../../../../units.ts';

export interface FollowOptions {
  readonly sleep: Sleep;
  /** Milliseconds between two looks at a file that has no new data. */
  readonly pollMs: number;
  /**
   * Of a file that is larger at the start, only this many bytes at its end; the first line may then
   * be incomplete. @default 256 MiB
   */
  readonly maxBacklogBytes?: number;
  /** Called when the beginning of the file is left out. */
  readonly onSkip: (bytes: number) => void;
  /** Called when everything in the file has been read, before each sleep. */
  readonly onIdle: () => void;
}

/** Small, because the program answers requests between two chunks. */
const CHUNK_BYTES = 256 * KIB;
const MAX_BACKLOG_BYTES = 256 * MIB;

/**
 * Reads a file as it grows. Ends when the file was truncated, or when another file has its path and
 * nothing more is written to the old one. A gzipped file is read from its beginning.
 * @throws when the file cannot be read, or the sleep is interrupted
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Buffer> {
  const { sleep, pollMs, onIdle } = options;
  // A named pipe without a writer must not block a thread.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let position = await findStart(file, options);
    let wasReplaced = false;
    for (;;) {
      const chunk = await readChunk(file, position);
      position += chunk.length;
      if (chunk.length > 0) {
        yield chunk;
        continue;
      }
      const stats = await file.stat();
      const isReplaced = await hasAnotherFile(path, stats);
      if ((isReplaced && wasReplaced) || stats.size < position) return;
      wasReplaced = isReplaced;
      onIdle();
      await sleep(pollMs);
    }
  } finally {
    await file.close();
  }
}

async function findStart(
  file: FileHandle,
  { maxBacklogBytes = MAX_BACKLOG_BYTES, onSkip }: FollowOptions,
): Promise<number> {
  const { size, ...stats } = await file.stat();
  if ((stats.mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error('not a regular file');
  if (size <= maxBacklogBytes || (await isGzipped(file))) return 0;
  onSkip(size - maxBacklogBytes);
  return size - maxBacklogBytes;
}

async function isGzipped(file: FileHandle): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  // RFC 1952, section 2.3.1: ID1 and ID2.
  return buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function readChunk(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(
    Buffer.allocUnsafe(CHUNK_BYTES),
    0,
    CHUNK_BYTES,
    position,
  );
  return buffer.subarray(0, bytesRead);
}

/** Whether the path leads to another file now, or to none. */
async function hasAnotherFile(path: string, own: Stats): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there === undefined || there.ino !== own.ino || there.dev !== own.dev;
}
