import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryWithBackoff, type Backoff } from '../../backoff.ts';
import type { UnixAddress } from './endpoint.ts';
import { toRuntimeSocket, type RuntimeSocket } from './runtimeSocket.ts';
import { systemErrorCode } from './systemError.ts';

const FULL_BACKLOG_BACKOFF: Backoff = { minMs: 2, maxMs: 100, jitter: 0 };

/**
 * Connects to a Unix socket. A full backlog of the listening process is retried.
 * @param patienceMs the longest time to retry, in milliseconds
 */
export function connectUnix({ path }: UnixAddress, patienceMs: number): Promise<RuntimeSocket> {
  const deadlineMs = performance.now() + patienceMs;
  return retryWithBackoff(() => connectOnce(path), {
    backoff: FULL_BACKLOG_BACKOFF,
    sleep,
    onFailure(error, delayMs) {
      if (!isBacklogFull(error) || performance.now() + delayMs > deadlineMs) throw error;
    },
  });
}

function connectOnce(path: string): Promise<RuntimeSocket> {
  return new Promise((resolve, reject) => {
    const socket = toRuntimeSocket(new Socket(), 'unix');
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
