import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../faults.ts';
import { OpenError, SendError, type TransportState } from '../transport.ts';
import { isBusy, type Companions } from './databaseFile.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

/**
 * The session on the file that is at the path now: another one after the file was deleted or
 * replaced.
 */
export interface Link {
  /** Undefined while no file can be used. */
  current(): Session | undefined;
  /**
   * Waits until a file can be used, at most the confirm time-out.
   * @throws {SendError} lost
   */
  session(): Promise<Session>;
  close(): Promise<void>;
}

export interface LinkOptions extends Pick<
  SessionOptions,
  'path' | 'confirmTimeoutMs' | 'leaseMs' | 'spareBytes' | 'log'
> {
  /** Declared in each file. */
  readonly queues: readonly string[];
  /** Begins to use a file that took the place of an earlier one. */
  readonly serve: (session: Session) => void;
  readonly onState: (state: TransportState) => void;
}

const RETRY_INTERVAL_MS = 1_000;
const MAX_BUSY_WAIT_MS = 20;

/**
 * Opens the first file; later files are opened in the background.
 * @throws {OpenError} when the first file cannot be used
 */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { path, confirmTimeoutMs, queues, serve, onState, log } = options;
  const closing = new AbortController();
  let current: Session | undefined;
  let newest: Session | undefined;
  let reopened = Promise.withResolvers<void>();
  let reopening: Promise<void> | undefined;

  async function open(left?: Companions): Promise<Session> {
    const session = openSession({
      ...options,
      left,
      onBlocked: (blocked) => onState({ connected: true, blocked, missing: [] }),
      onGone: () => {
        if (session === current) reopening = reopen(session.companions);
      },
    });
    newest = session;
    try {
      if (queues.length > 0) await session.declare(queues);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async function openFirst(): Promise<Session> {
    const startedAtMs = performance.now();
    for (;;) {
      try {
        return await open();
      } catch (error) {
        const isLate = performance.now() - startedAtMs > confirmTimeoutMs;
        if (!isPassing(error) || isLate) {
          throw new OpenError(`ASYA_SQLITE_PATH: ${explain(error)}`, { cause: error });
        }
        await sleep(Math.random() * MAX_BUSY_WAIT_MS);
      }
    }
  }

  async function reopen(left: Companions): Promise<void> {
    current = undefined;
    reopened = Promise.withResolvers();
    let problem = `the file "${path}" was deleted or replaced`;
    log?.warn({ path }, 'sqlite file deleted or replaced; opening the file at its path');
    onState(disconnected(problem));
    while (!closing.signal.aborted) {
      try {
        return use(await open(left));
      } catch (error) {
        const reason = explain(error);
        if (reason !== problem) {
          onState(disconnected(reason));
          log?.warn({ path, reason }, 'sqlite file cannot be used; trying again');
        }
        problem = reason;
        const delayMs = isPassing(error) ? MAX_BUSY_WAIT_MS : RETRY_INTERVAL_MS;
        await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => 'closing');
      }
    }
  }

  function use(session: Session): void {
    if (closing.signal.aborted) return;
    current = session;
    log?.info({ path }, 'sqlite file opened again');
    serve(session);
    reopened.resolve();
    onState(CONNECTED);
  }

  function explain(error: unknown): string {
    return `cannot open "${path}": ${messageOf(error)}`;
  }

  current = await openFirst();
  onState(CONNECTED);

  return {
    current: () => current,
    async session() {
      if (current === undefined) {
        const waited = new AbortController();
        const late = sleep(confirmTimeoutMs, undefined, { signal: waited.signal }).catch(
          () => 'in time',
        );
        await Promise.race([reopened.promise, late]);
        waited.abort();
      }
      if (current === undefined) {
        throw new SendError('lost', `no file can be used at "${path}"`, { notWritten: true });
      }
      return current;
    },
    async close() {
      closing.abort();
      current = undefined;
      reopened.resolve();
      await newest?.close();
      await reopening;
    },
  };
}

const CONNECTED: TransportState = { connected: true, blocked: false, missing: [] };

function disconnected(reason: string): TransportState {
  return { connected: false, blocked: false, missing: [reason] };
}

/** Another process is busy with the file, or has replaced it again meanwhile. */
function isPassing(error: unknown): boolean {
  return isBusy(error) || (error instanceof SendError && error.code === 'lost');
}
