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
    _write(chunk: unknown, encoding: BufferEncoding, callback: WriteCallback) {
      if (writes.error !== undefined) return callback();
      write(chunk, encoding, writes.keepError(callback));
      writes.recordStart();
    },
    _writev(chunks: WriteChunks, callback: WriteCallback) {
      if (writes.error !== undefined) return callback();
      writev?.(chunks, writes.keepError(callback));
      writes.recordStart();
    },
  });
}

type WriteCallback = (error?: Error | null) => void;
type WriteChunks = Parameters<NonNullable<Socket['_writev']>>[0];

class WriteTracker implements Writes {
  error: Error | undefined;
  hasSentBytes = false;

  /** Creates the callback of a write. */
  keepError(callback: WriteCallback): WriteCallback {
    return (error) => {
      this.error = error ?? undefined;
      callback();
    };
  }

  /** An error before the write returns means that the system call has accepted nothing. */
  recordStart(): void {
    if (this.error === undefined) this.hasSentBytes = true;
  }
}
