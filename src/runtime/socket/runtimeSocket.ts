import type { Socket } from 'node:net';

/**
 * A socket that stays readable after a failed write. A runtime may answer and close before it has
 * read the request; a plain socket would be destroyed by the failed write, and the received answer
 * with it. After a failed write this socket discards further writes, and ends when all received
 * bytes have been read.
 */
export interface RuntimeSocket extends Socket {
  readonly transport: 'unix' | 'tcp';
  readonly writes: Writes;
}

/** The results of the writes of a socket. */
export interface Writes {
  /** The error of the first failed write. */
  readonly error: Error | undefined;
  /** Whether the operating system may have accepted a byte of a write. */
  readonly hasSentBytes: boolean;
}

/* oxlint-disable no-underscore-dangle -- the methods that a writable stream implements */

/**
 * Makes a socket stay readable after a failed write, and ignores its errors. The socket receives
 * assigned properties only: accessors would make V8 keep it as a slow dictionary.
 */
export function toRuntimeSocket(
  socket: Socket,
  transport: RuntimeSocket['transport'],
): RuntimeSocket {
  const writes = new WriteTracker();
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  // Without a listener an error ends the process.
  socket.on('error', () => {});
  return Object.assign(socket, {
    transport,
    writes,
    _write: (chunk: unknown, encoding: BufferEncoding, callback: WriteCallback) =>
      writes.start((done) => write(chunk, encoding, done), callback),
    _writev: (chunks: WriteChunks, callback: WriteCallback) =>
      writes.start((done) => writev?.(chunks, done), callback),
  });
}

type WriteCallback = (error?: Error | null) => void;
type WriteChunks = Parameters<NonNullable<Socket['_writev']>>[0];

class WriteTracker implements Writes {
  error: Error | undefined;
  hasSentBytes = false;

  start(write: (done: WriteCallback) => void, callback: WriteCallback): void {
    if (this.error !== undefined) return callback();
    // An error before `write` returns means that the system call has accepted nothing.
    let isRefused = false;
    let hasReturned = false;
    write((error) => {
      this.error = error ?? undefined;
      isRefused = this.error !== undefined && !hasReturned;
      callback();
    });
    hasReturned = true;
    if (!isRefused) this.hasSentBytes = true;
  }
}
