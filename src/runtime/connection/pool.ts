import { startTimeLimit, type TimeLimit } from '../limits/timeLimit.ts';
import type { Call, CallReply, RuntimeClient } from '../runtime.ts';
import type { Connection, ConnectionEvents, Exchange } from './connection.ts';
import { CRASH_PAUSE_MS, CrashPause, isCrash } from './crashPause.ts';
import { untilEventsRead } from './eventLoop.ts';
import { IdleTimeout } from './idleTimeout.ts';
import { KeepAliveDetector } from './keepAlive.ts';
import { IdleConnections, type PooledConnection } from './pooledConnection.ts';
import { suggestTls } from './tlsHint.ts';
import { MINUTE, SECOND } from '../../units.ts';
import { connectTo } from '../socket/connect.ts';
import { describeConnectError } from '../socket/connectError.ts';
import type { Endpoint, HeaderLine } from '../socket/endpoint.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';

/**
 * Creates a connection that speaks a protocol on a connected socket.
 * @param headers of each HTTP request
 */
export type CreateConnection = (
  socket: RuntimeSocket,
  events: ConnectionEvents,
  headers: readonly HeaderLine[],
) => Connection;

export interface PoolOptions {
  readonly endpoint: Endpoint;
  readonly createConnection: CreateConnection;
  /** Called when a call could not reach the runtime. */
  readonly onAbsent: (reason: string) => void;
  /** Called when a call has crashed: the runtime, or the server behind a proxy, may be gone. */
  readonly onCrash?: () => void;
  /** Called when the runtime sent bytes without a request. */
  readonly onUnexpectedData: (sizeBytes: number) => void;
  /** The pause before the first connect after a crash. @default 100 ms */
  readonly crashPauseMs?: number;
  /** The longest use of a connection over TCP, or with headers of a file. @default 1 minute */
  readonly maxAgeMs?: number;
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
 * Creates a pool that keeps a connection until the runtime closes it, or until it expires. A call
 * that finds its pooled connection closed is sent once more on a new one, because the runtime has
 * not read it.
 *
 * Over TCP nothing but a close before the first byte proves that. The pool therefore reads all
 * events before it uses a connection again, and closes an idle one before the runtime does.
 *
 * A runtime that closes after each reply could read a second request and never answer it. The
 * pool therefore reuses no connection before it has detected that the runtime keeps them.
 */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  return new Pool(options);
}

/** The longest time to connect over TCP: the name, and the handshakes of TCP and of TLS. */
const CONNECT_TIMEOUT_MS = 5 * SECOND;

/** A connection that is always busy would otherwise keep an expired token, and an old address. */
const MAX_AGE_MS = MINUTE;

/** A connect ends before its call does, so that a call that was not sent spends no attempt. */
const CONNECT_SHARE = 0.8;

class Pool implements ConnectionPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<PooledConnection>();
  readonly #idle = new IdleConnections();
  readonly #keepAlive = new KeepAliveDetector();
  readonly #idleTimeout = new IdleTimeout();
  readonly #crashPause: CrashPause;
  #runningCalls = 0;
  #hasSentData = false;
  #isClosed = false;
  readonly #isTcp: boolean;
  readonly #isPlainTcp: boolean;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#crashPause = new CrashPause(options.crashPauseMs ?? CRASH_PAUSE_MS);
    const { address } = options.endpoint;
    this.#isTcp = address.transport === 'tcp';
    this.#isPlainTcp = address.transport === 'tcp' && address.tlsName === undefined;
  }

  async send(call: Call): Promise<CallReply> {
    this.#runningCalls++;
    try {
      const { reply } = await this.#exchange(call);
      if (isCrash(reply) && !this.#isClosed) this.#options.onCrash?.();
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
    this.#idleTimeout.reset();
    this.#hasSentData = false;
  }

  async #exchange(call: Call): Promise<Exchange> {
    const limit = startTimeLimit(call);
    const idle = this.#idle.take();
    if (idle !== undefined && this.#keepAlive.isUnknown()) {
      await this.#keepAlive.detect(idle, () => idle.connection.isOpen(), idle.closed);
    }
    if (idle !== undefined && this.#isTcp) await untilEventsRead();
    if (idle?.connection.isOpen() === true) {
      const exchange = await this.#use(idle, call, limit);
      if (exchange.safeToResend !== true) return exchange;
    }
    const exchange = await this.#exchangeOnNewConnection(call, limit);
    // The process ended between the connect and the call. Its successor may crash on the call.
    return exchange.safeToResend === true ? this.#exchangeOnNewConnection(call, limit) : exchange;
  }

  async #exchangeOnNewConnection(call: Call, limit: TimeLimit): Promise<Exchange> {
    if (!this.#crashPause.isOver()) await this.#crashPause.passed(limit.leftMs());
    const leftMs = limit.leftMs();
    if (leftMs <= 0) return { reply: limit.expired() };
    const connectMs = Math.min(CONNECT_TIMEOUT_MS, CONNECT_SHARE * call.timeoutMs);
    const connected = await connectTo(this.#options.endpoint, this.#isTcp ? connectMs : leftMs);
    if ('absent' in connected) return this.#absent(connected.absent);
    if (this.#isClosed) {
      connected.socket.destroy();
      return this.#absent('the sidecar has closed its connections to the runtime');
    }
    return this.#use(this.#add(connected), call, limit);
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
    if (exchange.refusal !== undefined) return this.#refused(exchange.refusal);
    this.#crashPause.record(exchange.reply);
    if (exchange.safeToResend === true) {
      this.#keepAlive.recordClose(pooled);
      return exchange;
    }
    pooled.replies++;
    pooled.repliedAtMs = performance.now();
    if (this.#isTcp) pooled.idleTimeoutMs = this.#idleTimeout.after(exchange.keepAliveMs);
    this.#release(pooled);
    return this.#isPlainTcp && !this.#hasSentData ? suggestTls(exchange) : exchange;
  }

  #release(pooled: PooledConnection): void {
    const isKept = !this.#keepAlive.isUnsupported() && pooled.connection.isOpen();
    if (isKept) this.#idle.add(pooled);
    else pooled.connection.close();
  }

  #add({ socket, headers }: { socket: RuntimeSocket; headers: readonly HeaderLine[] }) {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const events: ConnectionEvents = {
      onClose: () => {
        this.#remove(pooled);
        resolve();
      },
      onData: () => {
        this.#hasSentData = true;
      },
      onUnexpectedData: this.#options.onUnexpectedData,
    };
    const connection = this.#options.createConnection(socket, events, headers);
    const pooled: PooledConnection = {
      connection,
      closed,
      isIdle: false,
      replies: 0,
      repliedAtMs: performance.now(),
      idleTimeoutMs: this.#isTcp ? this.#idleTimeout.after(undefined) : Number.POSITIVE_INFINITY,
      expiresAtMs: performance.now() + this.#maxAgeMsOf(headers),
    };
    this.#all.add(pooled);
    return pooled;
  }

  #maxAgeMsOf(headers: readonly HeaderLine[]): number {
    if (!this.#isTcp && headers.length === 0) return Number.POSITIVE_INFINITY;
    return this.#options.maxAgeMs ?? MAX_AGE_MS;
  }

  #remove(pooled: PooledConnection): void {
    this.#all.delete(pooled);
    this.#idle.remove(pooled);
    if (!pooled.isIdle) return;
    this.#keepAlive.recordClose(pooled);
    this.#idleTimeout.recordClose(performance.now() - pooled.repliedAtMs);
  }

  #refused(refusal: Error): Exchange {
    return this.#absent(describeConnectError(refusal, this.#options.endpoint.address));
  }

  #absent(reason: string): Exchange {
    this.resetObservations();
    this.#options.onAbsent(reason);
    return { reply: { kind: 'absent', reason } };
  }
}
