import type { ChannelModel } from 'amqplib';
import { SECOND } from '../../../units.ts';
import { whileOpen } from '../connection/lifetime.ts';

export interface PeriodicCheckOptions {
  /** The longest interval between two checks, in milliseconds; a third of it is jitter. */
  readonly intervalMs: number;
  /** Resolves to false when an object is missing; the next check then runs sooner. */
  readonly check: (connection: ChannelModel, includeEnds: boolean) => Promise<boolean>;
  readonly closed: AbortSignal;
}

const INCOMPLETE_INTERVAL_MS = 5 * SECOND;
/** Thousands of publishes may be unroutable at once; each requests a check. */
const MIN_INTERVAL_MS = SECOND;

/**
 * Checks the topology periodically, on one connection after another: the broker does not notify
 * clients when an exchange, a binding or another actor's queue is deleted.
 */
export class PeriodicCheck {
  readonly #options: PeriodicCheckOptions;
  readonly #incompleteIntervalMs: number;
  #connection: ChannelModel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isRequested = false;
  #startedAtMs = -Infinity;

  constructor(options: PeriodicCheckOptions) {
    this.#options = options;
    this.#incompleteIntervalMs = Math.min(options.intervalMs, INCOMPLETE_INTERVAL_MS);
  }

  /** Checks on this connection until it closes. */
  attach(connection: ChannelModel): void {
    this.#connection = connection;
    connection.once('close', () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      clearTimeout(this.#timer);
    });
    this.#schedule(this.#incompleteIntervalMs);
  }

  /** Requests a check within a second that includes the queues of the ends. */
  request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    if (this.#isRunning) return;
    this.#schedule(Math.max(0, this.#startedAtMs + MIN_INTERVAL_MS - performance.now()));
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#connection === undefined || this.#options.closed.aborted) return;
    this.#timer = setTimeout(() => void this.#run(), delayMs).unref();
  }

  async #run(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined || this.#isRunning) return;
    const { intervalMs, check } = this.#options;
    const includeEnds = this.#isRequested;
    this.#isRunning = true;
    this.#isRequested = false;
    this.#startedAtMs = performance.now();
    let isComplete = true;
    try {
      isComplete = await whileOpen(connection, () => check(connection, includeEnds));
    } catch {
      // The connection is lost. Its owner logs that, and the next connection declares everything.
    }
    this.#isRunning = false;
    if (this.#isRequested) this.#schedule(MIN_INTERVAL_MS);
    else if (isComplete) this.#schedule(intervalMs * (1 - Math.random() / 3));
    else this.#schedule(this.#incompleteIntervalMs);
  }
}
