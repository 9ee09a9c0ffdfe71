import type { Log } from '../../../log.ts';
import { SECOND } from '../../../units.ts';
import { repeatWithBackoff } from '../../../backoff.ts';
import { RECONNECT_BACKOFF } from '../connection/connect.ts';
import { reasonOf, replyCodeOf } from '../connection/reply.ts';
import { streamProblem } from '../topology/compatibility.ts';
import type { ConsumerSession } from './session.ts';

export interface ConsumeLoopOptions {
  /** The queue's name on the broker. */
  readonly queue: string;
  /**
   * Opens a session as soon as a connection is open. Resolves to undefined when `stopped` resolves
   * first.
   */
  readonly open: (stopped: Promise<undefined>) => Promise<ConsumerSession | undefined>;
  /** Resolves when the topology exists. */
  readonly ready: () => Promise<void>;
  /** Called each time the broker has accepted the consumer. */
  readonly onStarted: () => void;
  /** Called with the reason why the queue cannot be consumed, and with undefined once it can. */
  readonly onProblem: (problem: string | undefined) => void;
  readonly stop: AbortSignal;
  readonly log: Log;
}

const STABLE_MS = 10 * SECOND;

/**
 * Keeps one queue consumed until `stop` aborts: opens a new session each time one ends.
 *
 *   connecting ──▶ opening ──consume-ok──▶ consuming ──stop──▶ stopped
 *        ▲            │                      │   │
 *        │            │ refused              │   │ channel closed, stream
 *        │            ▼                      │   │
 *        │    ensuring topology ◀──cancelled─┘   │
 *        │            │        by the broker     │
 *        └──backoff ◀─┴──────────────────────────┘
 */
export class ConsumeLoop {
  readonly #options: ConsumeLoopOptions;
  readonly #stopped: Promise<undefined>;
  /** Set at the first delivery, since a stream accepts consumers like any other queue. */
  #isStream = false;

  constructor(options: ConsumeLoopOptions) {
    const { stop } = options;
    this.#options = options;
    this.#stopped = new Promise((resolve) => {
      if (stop.aborted) resolve(undefined);
      stop.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  /** Resolves when the loop is stopped and the broker has cancelled the consumer. Never rejects. */
  run(): Promise<void> {
    const { stop } = this.#options;
    return repeatWithBackoff(() => this.#runOnce(), {
      backoff: RECONNECT_BACKOFF,
      stableMs: STABLE_MS,
      stop,
    });
  }

  async #runOnce(): Promise<void> {
    const { queue, onProblem, stop, log } = this.#options;
    try {
      await this.#consume();
    } catch (error) {
      if (stop.aborted) return;
      if (replyCodeOf(error) === 404) onProblem(`queue "${queue}" does not exist`);
      log.warn({ queue, reason: reasonOf(error) }, 'consumer failed; consuming again');
      await this.#ensureTopology();
    }
  }

  async #consume(): Promise<void> {
    const { queue, open, onStarted, onProblem, log } = this.#options;
    const session = await open(this.#stopped);
    if (session === undefined) return;
    onStarted();
    if (!this.#isStream) this.#clearProblem();
    void session.received.then(() => this.#clearProblem());
    switch (await Promise.race([session.ended, this.#stopped])) {
      case undefined:
        return session.cancel();
      case 'closed':
        return;
      case 'stream':
        this.#isStream = true;
        return onProblem(streamProblem(queue));
      case 'cancelled':
        this.#clearProblem();
        log.warn({ queue }, 'consumer cancelled by the broker; consuming again');
        await this.#ensureTopology();
    }
  }

  #clearProblem(): void {
    this.#isStream = false;
    this.#options.onProblem(undefined);
  }

  async #ensureTopology(): Promise<void> {
    await Promise.race([this.#options.ready(), this.#stopped]);
  }
}
