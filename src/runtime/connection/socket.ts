import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryWithBackoff, type Backoff } from '../../backoff.ts';
import { messageOf } from '../../faults.ts';

/**
 * A socket that stays readable after a failed write. A runtime may answer and close before it has
 * read the request; a plain socket would be destroyed by the failed write, and the received answer
 * with it. After a failed write this socket discards further writes, and ends when all received
 * bytes have been read.
 */
export class RuntimeSocket extends Socket {
  /** The error of the first failed write. */
  writeError: Error | undefined;

  override _write(chunk: unknown, encoding: BufferEncoding, callback: WriteCallback): void {
    if (this.writeError === undefined) super._write(chunk, encoding, this.#keepError(callback));
    else callback();
  }

  override _writev(chunks: WriteChunks, callback: WriteCallback): void {
    if (this.writeError === undefined) super._writev?.(chunks, this.#keepError(callback));
    else callback();
  }

  #keepError(callback: WriteCallback): WriteCallback {
    return (error) => {
      this.writeError = error ?? undefined;
      callback();
    };
  }
}

type WriteCallback = (error?: Error | null) => void;
type WriteChunks = { chunk: unknown; encoding: BufferEncoding }[];

/** A connected socket, or the reason why the runtime cannot be reached. */
export type ConnectResult = { readonly socket: RuntimeSocket } | { readonly absent: string };

const FULL_BACKLOG_BACKOFF: Backoff = { minMs: 2, maxMs: 100, jitter: 0 };

/**
 * Connects to a Unix socket. A full backlog of the listening process is retried.
 * @param patienceMs the longest time to retry, in milliseconds
 */
export async function connectTo(path: string, patienceMs: number): Promise<ConnectResult> {
  const deadlineMs = performance.now() + patienceMs;
  try {
    const socket = await retryWithBackoff(() => connectOnce(path), {
      backoff: FULL_BACKLOG_BACKOFF,
      sleep,
      onFailure(error, delayMs) {
        if (!isBacklogFull(error) || performance.now() + delayMs > deadlineMs) throw error;
      },
    });
    return { socket };
  } catch (error) {
    return { absent: describeConnectError(error, path) };
  }
}

/** The system's code of an error, for example `ECONNRESET`. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Whether the error of a lost connection shows that the peer closed it before it had read all bytes
 * that were sent: the peer closed before the write (EPIPE) or with unread bytes (ECONNRESET, for
 * Unix sockets on Linux).
 */
export function wasClosedUnread(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'EPIPE' || code === 'ECONNRESET';
}

function connectOnce(path: string): Promise<RuntimeSocket> {
  return new Promise((resolve, reject) => {
    const socket = new RuntimeSocket();
    socket.connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Linux reports the full backlog of a Unix socket with EAGAIN instead of blocking the caller. */
function isBacklogFull(error: unknown): boolean {
  return systemErrorCode(error) === 'EAGAIN';
}

function describeConnectError(error: unknown, path: string): string {
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return `the socket ${path} does not exist`;
    case 'ECONNREFUSED':
      return `no process listens on the socket ${path}`;
    case 'EAGAIN':
      return `the backlog of the socket ${path} is full`;
    case 'EACCES':
      return `permission denied for the socket ${path}`;
    default:
      return `the socket ${path} cannot be opened: ${messageOf(error)}`;
  }
}
