import type { Socket } from 'node:net';

/** The connection was not open in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`no connection within ${Math.round(timeoutMs)} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The peer closed the connection before it was open. */
export class ClosedWhileOpeningError extends Error {
  override readonly name = 'ClosedWhileOpeningError';
}

interface OpeningLimit {
  readonly leftMs: number;
  /** The limit of the whole connect, for the error. */
  readonly timeoutMs: number;
}

/** Waits for the event by which a socket reports that it is open; destroys it on a failure. */
export function untilOpen(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { leftMs, timeoutMs }: OpeningLimit,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const expire = (): void => void socket.destroy(new ConnectTimeoutError(timeoutMs));
    const timer = setTimeout(expire, Math.max(leftMs, 0));
    const onClose = (): void => fail(new ClosedWhileOpeningError('the connection was closed'));
    const onOpen = (): void => {
      end();
      resolve();
    };
    const fail = (error: Error): void => {
      end();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const end = (): void => {
      clearTimeout(timer);
      socket.off(event, onOpen).off('error', fail).off('close', onClose);
    };
    socket.once(event, onOpen).once('error', fail).once('close', onClose);
  });
}
