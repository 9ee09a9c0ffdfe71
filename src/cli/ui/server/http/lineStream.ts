import type { ServerResponse } from 'node:http';
import { SECOND } from '../../../../units.ts';
import type { EventWriter, LineWriter } from '../routes/route.ts';

const HEARTBEAT_INTERVAL_MS = 5 * SECOND;

export interface StreamOptions {
  /** Aborts when the client has closed the connection, and when the server ends. */
  readonly closed: AbortSignal;
  /** @default 5 s */
  readonly heartbeatIntervalMs?: number | undefined;
  /** A client that leaves room for nothing more for this time is disconnected. */
  readonly stallTimeoutMs: number;
}

/**
 * Answers with the events that `write` writes, and with heartbeats between them.
 * @throws the error of `write`
 */
export async function streamEvents(
  response: ServerResponse,
  write: (events: EventWriter) => Promise<void>,
  { heartbeatIntervalMs = HEARTBEAT_INTERVAL_MS, ...options }: StreamOptions,
): Promise<void> {
  const lines = createLineWriter(response, options);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) void lines.write('{}\n');
  }, heartbeatIntervalMs);
  const stop = (): void => clearInterval(heartbeat);
  options.closed.addEventListener('abort', stop, { once: true });
  try {
    await write({ write: (event) => lines.write(`${JSON.stringify(event)}\n`) });
  } finally {
    stop();
  }
}

/**
 * Writes to a response, and waits for a slow client. All writes that wait for it share one pending
 * drain, so that a caller may start many of them before it awaits the last one. A line after the
 * end is dropped.
 */
export function createLineWriter(
  response: ServerResponse,
  { closed, stallTimeoutMs }: Pick<StreamOptions, 'closed' | 'stallTimeoutMs'>,
): LineWriter {
  let drained: Promise<void> | undefined;
  return {
    async write(text) {
      if (closed.aborted || response.destroyed || response.writableEnded) return;
      if (response.write(text)) return;
      drained ??= untilDrained(response, stallTimeoutMs).finally(() => (drained = undefined));
      await drained;
    },
  };
}

/** Resolves when the client has read what was written, or the connection is closed. */
async function untilDrained(response: ServerResponse, stallTimeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => response.destroy(), stallTimeoutMs);
  const done = (): void => resolve();
  response.once('drain', done).once('close', done);
  try {
    await promise;
  } finally {
    clearTimeout(stalled);
    response.off('drain', done).off('close', done);
  }
}
