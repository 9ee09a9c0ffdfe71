import { SECOND } from '../../units.ts';

/** Many servers close an idle connection after 5 s, uvicorn and Node among them. */
const DEFAULT_IDLE_MS = 4 * SECOND;

/** A request takes less time than this to reach the runtime. */
const MARGIN_MS = SECOND;

/** An earlier close is that of a runtime that stops, rather than its idle timeout. */
const MIN_OBSERVED_MS = SECOND;

/**
 * Determines how long an idle TCP connection may be used. It must be closed before the runtime
 * closes it: a request that crosses the runtime's close is lost, and counts as an attempt.
 *
 * Some servers announce no timeout: gunicorn closes after 2 s. After the first such close, idle
 * connections are used for half of the observed time.
 */
export class IdleTimeout {
  #observedMs = Number.POSITIVE_INFINITY;

  /**
   * Returns the time in milliseconds; at most 0 if the connection must not be used again.
   * @param keepAliveMs the time that the runtime announced
   */
  after(keepAliveMs: number | undefined): number {
    const announcedMs = keepAliveMs === undefined ? DEFAULT_IDLE_MS : keepAliveMs - MARGIN_MS;
    return Math.min(announcedMs, this.#observedMs / 2);
  }

  /** Records that the runtime closed a connection that had been idle for this time. */
  recordClose(idleMs: number): void {
    if (idleMs >= MIN_OBSERVED_MS) this.#observedMs = Math.min(this.#observedMs, idleMs);
  }

  reset(): void {
    this.#observedMs = Number.POSITIVE_INFINITY;
  }
}
