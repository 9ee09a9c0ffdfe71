import { createSleep, retryWithBackoff, type Backoff } from '../../backoff.ts';
import { messageOf } from '../../faults.ts';
import { SECOND } from '../../units.ts';
import { OpenError, SendError, type TransportState } from '../transport.ts';
import { isBusy } from './sqliteErrors.ts';
import type { Companions } from './databaseFile.ts';
import { Session, type SessionOptions } from './session.ts';

export interface ReopeningSessionOptions extends Pick<
  SessionOptions,
  'path' | 'confirmTimeoutMs' | 'leaseMs' | 'reservedBytes' | 'log'
> {
  /** The queues to declare in each file. */
  readonly queues: readonly string[];
  /** Called with the session on a file that replaced an earlier one. */
  readonly onReopened: (session: Session) => void;
  readonly onState: (state: TransportState) => void;
}

const OPEN_BACKOFF: Backoff = { minMs: 1, maxMs: 20, jitter: 0.5 };
const REOPEN_BACKOFF: Backoff = { minMs: 20, maxMs: SECOND, jitter: 0.5 };

/**
 * Keeps a session open on the file at a path. When the file is deleted or replaced, it opens the
 * new file in the background.
 */
export class ReopeningSession {
  readonly #options: ReopeningSessionOptions;
  readonly #closing = new AbortController();
  readonly #sleep = createSleep(this.#closing.signal);
  #current: Session | undefined;
  #latest: Session | undefined;
  #reopened = Promise.withResolvers<void>();
  #reopening: Promise<void> | undefined;

  private constructor(options: ReopeningSessionOptions) {
    this.#options = options;
  }

  /** @throws {OpenError} when the file is unusable, or stays locked for the confirm timeout */
  static async open(options: ReopeningSessionOptions): Promise<ReopeningSession> {
    const opened = new ReopeningSession(options);
    opened.#current = await opened.#openFirst();
    options.onState(CONNECTED);
    return opened;
  }

  /** Undefined while no file is open. */
  get current(): Session | undefined {
    return this.#current;
  }

  /**
   * Returns the session, and waits at most the confirm timeout for it.
   * @throws {SendError} `lost`
   */
  async whenOpen(): Promise<Session> {
    const { path, confirmTimeoutMs } = this.#options;
    if (this.#current === undefined) {
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(timeout.resolve, confirmTimeoutMs);
      await Promise.race([this.#reopened.promise, timeout.promise]);
      clearTimeout(timer);
    }
    if (this.#current === undefined)
      throw new SendError('lost', `sqlite file "${path}" unavailable`, { notWritten: true });
    return this.#current;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#current = undefined;
    this.#reopened.resolve();
    await this.#latest?.close();
    await this.#reopening;
  }

  async #openFirst(): Promise<Session> {
    const startedAtMs = performance.now();
    return retryWithBackoff(() => this.#openSession(), {
      backoff: OPEN_BACKOFF,
      sleep: this.#sleep,
      onFailure: (error) => {
        const isLate = performance.now() - startedAtMs > this.#options.confirmTimeoutMs;
        if (!isTransient(error) || isLate)
          throw new OpenError(`ASYA_SQLITE_PATH: ${this.#explain(error)}`, { cause: error });
      },
    });
  }

  async #openSession(stale?: Companions): Promise<Session> {
    const { queues, onState } = this.#options;
    const session = Session.open({
      ...this.#options,
      stale,
      onBlocked: (blocked) => onState({ connected: true, blocked, missing: [] }),
      onGone: () => {
        if (session === this.#current) this.#reopening = this.#reopen(session.companions);
      },
    });
    this.#latest = session;
    try {
      if (queues.length > 0) await session.declare(queues);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #reopen(stale: Companions): Promise<void> {
    const { path, onState, log } = this.#options;
    this.#current = undefined;
    this.#reopened = Promise.withResolvers();
    let reported = `the file "${path}" was deleted or replaced`;
    log?.warn({ path }, 'sqlite file deleted or replaced; opening the file at its path');
    onState(disconnected(reported));
    const onFailure = (error: unknown): void => {
      const reason = this.#explain(error);
      if (reason === reported) return;
      reported = reason;
      onState(disconnected(reason));
      log?.warn({ path, reason }, 'sqlite file unusable; retrying');
    };
    const [backoff, sleep] = [REOPEN_BACKOFF, this.#sleep];
    try {
      const open = (): Promise<Session> => this.#openSession(stale);
      this.#use(await retryWithBackoff(open, { backoff, sleep, onFailure }));
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  #use(session: Session): void {
    if (this.#closing.signal.aborted) return;
    const { path, onReopened, onState, log } = this.#options;
    this.#current = session;
    log?.info({ path }, 'sqlite file reopened');
    onReopened(session);
    this.#reopened.resolve();
    onState(CONNECTED);
  }

  #explain(error: unknown): string {
    return `cannot open "${this.#options.path}": ${messageOf(error)}`;
  }
}

const CONNECTED: TransportState = { connected: true, blocked: false, missing: [] };

function disconnected(reason: string): TransportState {
  return { connected: false, blocked: false, missing: [reason] };
}

/** Another process holds a lock, or has replaced the file again. */
function isTransient(error: unknown): boolean {
  return isBusy(error) || (error instanceof SendError && error.code === 'lost');
}
