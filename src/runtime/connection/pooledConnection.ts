import type { Connection } from './connection.ts';

/** A connection of a pool. */
export interface PooledConnection {
  readonly connection: Connection;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  isIdle: boolean;
  replies: number;
  /** Time of the last reply, or of the connect, on the clock of `performance.now()`. */
  repliedAtMs: number;
  /** How long it may be idle after that, in milliseconds. At most 0 means not at all. */
  idleTimeoutMs: number;
  /** When it accepts no further call, on the clock of `performance.now()`. */
  readonly expiresAtMs: number;
  /** Closes the connection at the end of its idle time, or when it expires. */
  idleTimer?: NodeJS.Timeout | undefined;
}

/**
 * The connections of a pool that wait for a call. Each is closed at the end of its idle time, or
 * when it expires.
 */
export class IdleConnections {
  readonly #idle: PooledConnection[] = [];

  /** Keeps the connection, or closes it if it may not be used again. */
  add(pooled: PooledConnection): void {
    const leftMs = leftMsOf(pooled);
    if (leftMs <= 0) return pooled.connection.close();
    pooled.isIdle = true;
    this.#idle.push(pooled);
    if (!Number.isFinite(leftMs)) return;
    pooled.idleTimer = setTimeout(() => this.#expire(pooled), leftMs).unref();
  }

  /** Returns the connection that was added last. */
  take(): PooledConnection | undefined {
    for (let pooled = this.#idle.pop(); pooled !== undefined; pooled = this.#idle.pop()) {
      clearTimeout(pooled.idleTimer);
      if (leftMsOf(pooled) > 0) return pooled;
      // Its timer is late, because the event loop was busy.
      this.#expire(pooled);
    }
    return undefined;
  }

  remove(pooled: PooledConnection): void {
    clearTimeout(pooled.idleTimer);
    const index = this.#idle.indexOf(pooled);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  #expire(pooled: PooledConnection): void {
    this.remove(pooled);
    pooled.isIdle = false;
    pooled.connection.close();
  }
}

function leftMsOf({ repliedAtMs, idleTimeoutMs, expiresAtMs }: PooledConnection): number {
  const endsAtMs = Math.min(repliedAtMs + idleTimeoutMs, expiresAtMs);
  return Number.isFinite(endsAtMs) ? endsAtMs - performance.now() : endsAtMs;
}
