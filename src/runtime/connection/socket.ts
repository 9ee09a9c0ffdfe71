import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../faults.ts';

/**
 * A connection whose reading side outlives its writing side. A runtime may answer and close before
 * it has read the whole request. A plain socket is destroyed by the failed write, together with the
 * answer that has arrived; this one discards what it cannot write, and ends when everything that
 * was sent to it has been read.
 */
export class RuntimeSocket extends Socket {
  /** Why a write failed. */
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

/** A connection to the runtime, or why there is none. */
export type Connected = { readonly socket: RuntimeSocket } | { readonly absent: string };

/**
 * Connects to a Unix socket. A runtime that is there but has a full backlog is tried again.
 * @param patienceMs how long a full backlog may last, in milliseconds
 */
export async function connectTo(path: string, patienceMs: number): Promise<Connected> {
  const deadline = performance.now() + patienceMs;
  for (let delayMs = MIN_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return { socket: await connectOnce(path) };
    } catch (error) {
      // Linux tells a full backlog of a Unix socket so, instead of keeping the caller waiting.
      const busy = codeOf(error) === 'EAGAIN';
      if (!busy || performance.now() + delayMs > deadline)
        return { absent: whyAbsent(error, path) };
      await sleep(delayMs);
    }
  }
}

/** The system's code of an error (`ECONNRESET` …). */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Whether a connection that was lost so was closed before its other side can have read all that was
 * sent: it was closed before (EPIPE), or with something unread (ECONNRESET on a Unix socket, on
 * Linux).
 */
export function isUnread(lost: unknown): boolean {
  const code = codeOf(lost);
  return code === 'EPIPE' || code === 'ECONNRESET';
}

const MIN_DELAY_MS = 2;
const MAX_DELAY_MS = 100;

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

function whyAbsent(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return `the socket ${path} does not exist`;
    case 'ECONNREFUSED':
      return `nobody listens on the socket ${path}`;
    case 'EAGAIN':
      return `the socket ${path} takes no more connections`;
    case 'EACCES':
      return `the socket ${path} may not be opened by this user`;
    default:
      return `the socket ${path} cannot be opened: ${messageOf(error)}`;
  }
}
