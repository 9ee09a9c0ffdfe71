import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply, Request, Runtime } from '../runtime.ts';
import { connectTo, type RuntimeSocket } from './socket.ts';
import { startTimeLimit, type TimeLimit } from '../limits/timeLimit.ts';

/** One connection to the runtime, which carries one request at a time. */
export interface Connection {
  /** Starts synchronously, and never rejects. */
  exchange(request: Request): Promise<Exchange>;
  /** Whether another request can be tried on it. */
  isOpen(): boolean;
  /** Lets go of it; a request on its way ends as crashed. */
  close(): void;
}

/** What came of one request. */
export interface Exchange {
  readonly reply: Reply;
  /** The connection was closed before the runtime can have begun with the request. */
  readonly unread?: boolean;
}

export interface ConnectionEvents {
  /** Called once, whoever closed it, before its last exchange resolves. */
  onClose(): void;
  /** Called whenever bytes have arrived. */
  onData(): void;
  /** The runtime did what no protocol allows; the connection is closed. */
  onMisuse(message: string): void;
}

/** Speaks a protocol on a socket that is connected. */
export type CreateConnection = (socket: RuntimeSocket, events: ConnectionEvents) => Connection;

export interface PoolOptions {
  readonly socketPath: string;
  readonly createConnection: CreateConnection;
  /** A call could not reach the runtime. */
  readonly onAbsent: (reason: string) => void;
  /** The runtime did what no protocol allows, between two calls. */
  readonly onMisuse: (message: string) => void;
}

/** A runtime behind a socket. */
export interface RuntimeClient extends Runtime {
  /** No call runs, not even one that nobody waits for any more, and no connection is kept. */
  isQuiet(): boolean;
  /** The runtime has sent at least one byte since it was last absent. */
  hasSentData(): boolean;
  /** To be called when the runtime is absent: the next one may be another program. */
  forget(): void;
}

/** What is still open so long after its first reply is kept by the runtime. */
const KEPT_AFTER_MS = 50;

/**
 * What ends so soon after its first reply was closed by design; later than that, it was only idle
 * for too long.
 */
const CLOSED_BY_DESIGN_WITHIN_MS = 1_000;

/**
 * Calls the runtime over connections that are kept as long as the runtime keeps them. A call that
 * finds its kept connection closed is tried once more on a fresh one: the runtime has not seen it.
 *
 * Whether the runtime closes after each reply shows after the first one; until then no second
 * request is sent on a connection, since such a runtime could read it and never answer.
 */
export function createPooledRuntime(options: PoolOptions): RuntimeClient {
  const { socketPath, createConnection, onAbsent, onMisuse } = options;
  const lines = new Set<Line>();
  const idle: Line[] = [];
  let running = 0;
  let habit: 'unknown' | 'keeps' | 'closes' = 'unknown';
  let hasSentData = false;
  let closed = false;

  async function ask(request: Request): Promise<Exchange> {
    const limit = startTimeLimit(request);
    const kept = idle.pop();
    if (kept !== undefined && habit === 'unknown') await observe(kept);
    if (kept?.connection.isOpen() === true) {
      const exchange = await use(kept, request, limit);
      if (exchange.unread !== true) return exchange;
    }
    const leftMs = limit.leftMs();
    if (leftMs <= 0) return { reply: limit.expired() };
    const connected = await connectTo(socketPath, leftMs);
    if ('absent' in connected) return absent(connected.absent);
    if (closed) {
      connected.socket.destroy();
      return absent('the sidecar has let go of the runtime');
    }
    return use(openLine(connected.socket), request, limit);
  }

  /** Makes the call, unless its time has passed while it waited for the connection. */
  async function use(line: Line, request: Request, limit: TimeLimit): Promise<Exchange> {
    const timeoutMs = limit.leftMs();
    if (timeoutMs <= 0) {
      release(line);
      return { reply: limit.expired() };
    }
    line.isIdle = false;
    const exchange = await line.connection.exchange({ ...request, timeoutMs });
    if (exchange.unread === true) {
      learnFrom(line);
      return exchange;
    }
    line.replies++;
    line.repliedAt = performance.now();
    release(line);
    return exchange;
  }

  function release(line: Line): void {
    line.isIdle = habit !== 'closes' && line.connection.isOpen();
    if (line.isIdle) idle.push(line);
    else line.connection.close();
  }

  /** Waits until the runtime has had the time to close a connection. */
  async function observe(line: Line): Promise<void> {
    const leftMs = line.repliedAt + KEPT_AFTER_MS - performance.now();
    if (leftMs > 0) await Promise.race([line.closed, sleep(leftMs)]);
    if (line.connection.isOpen()) habit = 'keeps';
  }

  function openLine(socket: RuntimeSocket): Line {
    const { promise, resolve } = Promise.withResolvers<void>();
    const connection = createConnection(socket, {
      onClose: () => {
        lines.delete(line);
        const at = idle.indexOf(line);
        if (at >= 0) idle.splice(at, 1);
        if (line.isIdle) learnFrom(line);
        resolve();
      },
      onData: () => {
        hasSentData = true;
      },
      onMisuse,
    });
    const line: Line = { connection, closed: promise, isIdle: false, replies: 0, repliedAt: 0 };
    lines.add(line);
    return line;
  }

  /** The runtime has closed a connection that waited for its next request. */
  function learnFrom({ replies, repliedAt }: Line): void {
    if (replies === 1 && performance.now() - repliedAt < CLOSED_BY_DESIGN_WITHIN_MS)
      habit = 'closes';
  }

  function forget(): void {
    habit = 'unknown';
    hasSentData = false;
  }

  function absent(reason: string): Exchange {
    forget();
    onAbsent(reason);
    return { reply: { kind: 'absent', reason } };
  }

  return {
    async call(request) {
      running++;
      try {
        const { reply } = await ask(request);
        return reply;
      } finally {
        running--;
      }
    },

    async close() {
      closed = true;
      for (const line of lines) line.connection.close();
    },

    isQuiet: () => running === 0 && lines.size === 0,
    hasSentData: () => hasSentData,
    forget,
  };
}

/** A connection, and what is known of it. */
interface Line {
  readonly connection: Connection;
  readonly closed: Promise<void>;
  isIdle: boolean;
  replies: number;
  /** When the last reply came, on the clock of `performance.now()`. */
  repliedAt: number;
}
