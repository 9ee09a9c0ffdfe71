import { startTimeLimit, type TimeLimit } from '../limits/timeLimit.ts';
import type { Call, CallReply, RuntimeClient } from '../runtime.ts';
import type { Connection, ConnectionEvents, Exchange } from './connection.ts';
import { KeepAliveDetector } from './keepAlive.ts';
import { connectTo, type RuntimeSocket } from './socket.ts';

/** Creates a connection that speaks a protocol on a connected socket. */
export type CreateConnection = (socket: RuntimeSocket, events: ConnectionEvents) => Connection;

export interface PoolOptions {
  readonly socketPath: string;
  readonly createConnection: CreateConnection;
  /** Called when a call could not reach the runtime. */
  readonly onAbsent: (reason: string) => void;
  /** Called when the runtime sent bytes without a request. */
  readonly onUnexpectedData: (sizeBytes: number) => void;
}

/** The connections to a runtime. */
export interface ConnectionPool extends RuntimeClient {
  /** Whether no call runs, timed-out calls included, and no connection is open. */
  isQuiet(): boolean;
  /** Whether the runtime has sent a byte since it was last absent. */
  hasSentData(): boolean;
  /** Discards all observations of the runtime. Its successor may be another program. */
  resetObservations(): void;
}

/**
 * Creates a pool that keeps a connection until the runtime closes it. A call that finds its
 * pooled connection closed is sent once more on a new one, because the runtime has not read it.
 *
 * A runtime that closes after each reply could read a second request and never answer it. The
 * pool therefore reuses no connection before it has detected that the runtime keeps them.
 */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  return new Pool(options);
}

interface PooledConnection {
  readonly connection: Connection;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  isIdle: boolean;
  replies: number;
  /** Time of the last reply, on the clock of `performance.now()`. */
  repliedAtMs: number;
}

class Pool implements ConnectionPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<PooledConnection>();
  readonly #idle: PooledConnection[] = [];
  readonly #keepAlive = new KeepAliveDetector();
  #runningCalls = 0;
  #hasSentData = false;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async send(call: Call): Promise<CallReply> {
    this.#runningCalls++;
    try {
      const { reply } = await this.#exchange(call);
      return reply;
    } finally {
      this.#runningCalls--;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { connection } of this.#all) connection.close();
  }

  isQuiet(): boolean {
    return this.#runningCalls === 0 && this.#all.size === 0;
  }

  hasSentData(): boolean {
    return this.#hasSentData;
  }

  resetObservations(): void {
    this.#keepAlive.reset();
    this.#hasSentData = false;
  }

  async #exchange(call: Call): Promise<Exchange> {
    const limit = startTimeLimit(call);
    const idle = this.#idle.pop();
    if (idle !== undefined && this.#keepAlive.isUnknown()) {
      await this.#keepAlive.detect(idle, () => idle.connection.isOpen(), idle.closed);
    }
    if (idle?.connection.isOpen() === true) {
      const exchange = await this.#use(idle, call, limit);
      if (exchange.safeToResend !== true) return exchange;
    }
    return this.#exchangeOnNewConnection(call, limit);
  }

  async #exchangeOnNewConnection(call: Call, limit: TimeLimit): Promise<Exchange> {
    const leftMs = limit.leftMs();
    if (leftMs <= 0) return { reply: limit.expired() };
    const connected = await connectTo(this.#options.socketPath, leftMs);
    if ('absent' in connected) return this.#absent(connected.absent);
    if (this.#isClosed) {
      connected.socket.destroy();
      return this.#absent('the sidecar has closed its connections to the runtime');
    }
    return this.#use(this.#add(connected.socket), call, limit);
  }

  /** Sends the call, unless its time ran out while it waited for the connection. */
  async #use(pooled: PooledConnection, call: Call, limit: TimeLimit): Promise<Exchange> {
    const timeoutMs = limit.leftMs();
    if (timeoutMs <= 0) {
      this.#release(pooled);
      return { reply: limit.expired() };
    }
    pooled.isIdle = false;
    const exchange = await pooled.connection.exchange({ ...call, timeoutMs });
    if (exchange.safeToResend === true) {
      this.#keepAlive.recordClose(pooled);
      return exchange;
    }
    pooled.replies++;
    pooled.repliedAtMs = performance.now();
    this.#release(pooled);
    return exchange;
  }

  #release(pooled: PooledConnection): void {
    pooled.isIdle = !this.#keepAlive.isUnsupported() && pooled.connection.isOpen();
    if (pooled.isIdle) this.#idle.push(pooled);
    else pooled.connection.close();
  }

  #add(socket: RuntimeSocket): PooledConnection {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const connection = this.#options.createConnection(socket, {
      onClose: () => {
        this.#remove(pooled);
        resolve();
      },
      onData: () => {
        this.#hasSentData = true;
      },
      onUnexpectedData: this.#options.onUnexpectedData,
    });
    const pooled = { connection, closed, isIdle: false, replies: 0, repliedAtMs: 0 };
    this.#all.add(pooled);
    return pooled;
  }

  #remove(pooled: PooledConnection): void {
    this.#all.delete(pooled);
    const index = this.#idle.indexOf(pooled);
    if (index >= 0) this.#idle.splice(index, 1);
    if (pooled.isIdle) this.#keepAlive.recordClose(pooled);
  }

  #absent(reason: string): Exchange {
    this.resetObservations();
    this.#options.onAbsent(reason);
    return { reply: { kind: 'absent', reason } };
  }
}
