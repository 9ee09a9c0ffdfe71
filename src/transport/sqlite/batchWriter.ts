import { setTimeout as sleep } from 'node:timers/promises';
import { delayAfter, type Backoff } from '../../backoff.ts';
import { messageOf } from '../../faults.ts';
import { SECOND } from '../../units.ts';
import { SendError } from '../transport.ts';
import { isBusy } from './sqliteErrors.ts';
import type { Store } from './store.ts';
import { commitBatch, type Attempt, type Task } from './transaction.ts';

export interface BatchWriterOptions {
  readonly store: Store;
  /** How long `commitDurably` waits for a locked file, in milliseconds. */
  readonly confirmTimeoutMs: number;
  /** Called when writes start to fail, and when they succeed again. */
  readonly onBlocked: (isBlocked: boolean) => void;
  /**
   * Returns false when the file was deleted or replaced. Called after an error and before
   * `commitDurably` resolves.
   */
  readonly isInPlace: () => boolean;
}

/** After a lock conflict, which is usually short. */
const BUSY_BACKOFF: Backoff = { minMs: 1, maxMs: 20, jitter: 0.5 };
/** After any other error, such as a full disk. */
const ERROR_BACKOFF: Backoff = { minMs: 1, maxMs: SECOND, jitter: 0.5 };

type TaskKind = Pick<Task, 'isDurable' | 'mayFail' | 'isOptional'>;

const DURABLE: TaskKind = { isDurable: true, mayFail: true, isOptional: false };
const RETRIED: TaskKind = { isDurable: false, mayFail: false, isOptional: false };
const OPTIONAL: TaskKind = { isDurable: false, mayFail: true, isOptional: true };

const CLOSE_TIMEOUT_MS = SECOND;
const CLOSED = 'transport closed';
const FILE_GONE = 'file deleted or replaced';

/**
 * Writes to the database: all work of one turn of the event loop shares one transaction. Retries
 * failed transactions without blocking the event loop.
 *
 * A work function must change only the store, because it runs again when its transaction is rolled
 * back.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  #tasks: Task[] = [];
  #isScheduled = false;
  #failures = 0;
  #isBlocked = false;
  #isClosed = false;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the work is committed and on the disk.
   * @throws {SendError} `unconfirmed` after an error, or when the file stays locked; `lost` when
   * the writer is closed
   */
  commitDurably<T>(work: () => T): Promise<T> {
    return this.#enqueue(work, DURABLE);
  }

  /**
   * Resolves when the work is committed, and retries without limit. Does not wait for the disk: a
   * power failure may undo leases and acks, and the messages are redelivered.
   * @throws {SendError} `lost` when the writer is closed
   */
  commit<T>(work: () => T): Promise<T> {
    return this.#enqueue(work, RETRIED);
  }

  /**
   * Resolves when work that may be omitted is committed. Does not wait for the disk.
   * @throws {SendError} like `commitDurably`
   */
  tryCommit<T>(work: () => T): Promise<T> {
    return this.#enqueue(work, OPTIONAL);
  }

  /** Rejects pending `commitDurably` calls, and waits at most a second for pending commits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    rejectAll(
      this.#tasks.filter(({ isDurable }) => isDurable),
      CLOSED,
    );
    this.#tasks = this.#tasks.filter(({ isDurable }) => !isDurable);
    const startedAtMs = performance.now();
    while (this.#tasks.length > 0 && performance.now() - startedAtMs < CLOSE_TIMEOUT_MS)
      await sleep(5);
    this.#rejectPending(CLOSED);
  }

  /** Rejects all pending work as `lost`, because the file is gone. */
  abandon(): void {
    this.#isClosed = true;
    this.#rejectPending(FILE_GONE);
  }

  #rejectPending(reason: string): void {
    rejectAll(this.#tasks, reason);
    this.#tasks = [];
  }

  #enqueue<T>(work: () => T, kind: TaskKind): Promise<T> {
    if (this.#isClosed) return Promise.reject(lost(CLOSED, true));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = (): (() => void) => {
      const result = work();
      return () => resolve(result);
    };
    this.#tasks.push({ ...kind, run, reject, enqueuedAtMs: performance.now() });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const run = (): void => {
      this.#isScheduled = false;
      this.#flush();
    };
    const backoff = this.#isBlocked ? ERROR_BACKOFF : BUSY_BACKOFF;
    if (this.#failures === 0) setImmediate(run);
    else setTimeout(run, delayAfter(this.#failures, backoff));
  }

  #flush(): void {
    const batch = this.#tasks;
    if (batch.length === 0) return; // the writer was closed
    this.#tasks = [];
    const attempts = commitBatch(this.#options.store, batch);
    const mustCheckFile = attempts.some(
      ({ task, outcome }) => task.isDurable || 'error' in outcome,
    );
    if (mustCheckFile && !this.#options.isInPlace())
      return batch.forEach(({ reject }) => reject(lost(FILE_GONE, false)));
    this.#reportBlocked(attempts);
    const retries = attempts.filter((attempt) => !this.#finish(attempt)).map(({ task }) => task);
    this.#failures = retries.length === 0 ? 0 : this.#failures + 1;
    this.#tasks = [...retries, ...this.#tasks];
    if (this.#tasks.length > 0) this.#schedule();
  }

  /** Settles the promise of a task. Returns false when the task is to be retried. */
  #finish({ task, outcome }: Attempt): boolean {
    if ('resolve' in outcome) {
      outcome.resolve();
      return true;
    }
    if (!task.mayFail) return false;
    const { error, atCommit } = outcome;
    const hasTimeLeft = performance.now() - task.enqueuedAtMs < this.#options.confirmTimeoutMs;
    if (isBusy(error) && hasTimeLeft) return false;
    const reason = `sqlite write failed: ${messageOf(error)}`;
    task.reject(new SendError('unconfirmed', reason, { cause: error, notWritten: !atCommit }));
    return true;
  }

  /** Ignores lock conflicts, because other processes hold the lock only for a short time. */
  #reportBlocked(attempts: readonly Attempt[]): void {
    const required = attempts.filter(({ task }) => !task.isOptional);
    if (required.length === 0) return;
    const errors = required.flatMap(({ outcome }) => ('error' in outcome ? [outcome.error] : []));
    if (errors.length > 0 && errors.every(isBusy)) return;
    const wasBlocked = this.#isBlocked;
    this.#isBlocked = errors.length > 0;
    if (this.#isBlocked !== wasBlocked) this.#options.onBlocked(this.#isBlocked);
  }
}

/** Rejects tasks whose work was not committed. */
function rejectAll(tasks: readonly Task[], reason: string): void {
  for (const { reject } of tasks) reject(lost(reason, true));
}

function lost(reason: string, notWritten: boolean): SendError {
  return new SendError('lost', reason, { notWritten });
}
