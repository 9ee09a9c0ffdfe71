import { setTimeout as sleep } from 'node:timers/promises';

/** The history of one connection. */
export interface ConnectionHistory {
  readonly replies: number;
  /** Time of the last reply, on the clock of `performance.now()`. */
  readonly repliedAtMs: number;
}

/** A connection that is still open this long after a reply is kept by the runtime. */
const KEPT_AFTER_MS = 50;

/**
 * A connection that ends this soon after its first reply was closed on purpose. A later end is an
 * idle timeout of the runtime.
 */
const CLOSED_ON_PURPOSE_WITHIN_MS = 1_000;

/** Detects from the first reply whether the runtime keeps connections open. */
export class KeepAliveDetector {
  #support: 'unknown' | 'supported' | 'unsupported' = 'unknown';

  isUnknown(): boolean {
    return this.#support === 'unknown';
  }

  isUnsupported(): boolean {
    return this.#support === 'unsupported';
  }

  /**
   * Waits until the runtime has had the time to close a connection after its reply.
   * @param closed resolves when the connection is closed
   */
  async detect(
    { repliedAtMs }: ConnectionHistory,
    isOpen: () => boolean,
    closed: Promise<void>,
  ): Promise<void> {
    const leftMs = repliedAtMs + KEPT_AFTER_MS - performance.now();
    if (leftMs > 0) await Promise.race([closed, sleep(leftMs)]);
    if (isOpen()) this.#support = 'supported';
  }

  /** Records that the runtime closed a connection between two requests. */
  recordClose({ replies, repliedAtMs }: ConnectionHistory): void {
    const idleMs = performance.now() - repliedAtMs;
    if (replies === 1 && idleMs < CLOSED_ON_PURPOSE_WITHIN_MS) this.#support = 'unsupported';
  }

  reset(): void {
    this.#support = 'unknown';
  }
}
