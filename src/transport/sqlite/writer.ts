import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../faults.ts';
import { SendError } from '../transport.ts';
import { isBusy } from './databaseFile.ts';
import type { Store } from './store.ts';

/**
 * Writes to the file. What is asked for within one turn of the event loop shares one transaction.
 * What cannot be written for now is tried again, without blocking the event loop.
 *
 * `work` must change nothing but the store: when a transaction is undone, it is called again in
 * another one.
 */
export interface Writer {
  /**
   * Resolves when it is committed, and outlives a power cut.
   * @throws {SendError} unconfirmed when the file refuses it or stays locked; lost when closed
   * before
   */
  send<T>(work: () => T): Promise<T>;
  /**
   * Resolves when it is committed, however long that takes. It does not wait for the disk: what a
   * power cut undoes of taking and settling is delivered again, and a later send makes it outlive
   * one too.
   * @throws {SendError} lost when closed before
   */
  settle<T>(work: () => T): Promise<T>;
  /** Pending sends fail; whatever else is pending gets a last second. */
  close(): Promise<void>;
  /** Everything that is pending fails as lost: the file is gone. */
  abandon(): void;
}

export interface WriterOptions {
  readonly store: Store;
  /** How long a send waits for a locked file. */
  readonly confirmTimeoutMs: number;
  /** Called when the file begins to refuse what is written, and when it takes it again. */
  readonly onBlocked: (isBlocked: boolean) => void;
  /**
   * False when the file was deleted or replaced. Asked before a send is confirmed, and after a
   * failure.
   */
  readonly isInPlace: () => boolean;
}

const LAST_EFFORT_MS = 1_000;
const CLOSED = 'the transport is closed';
const FILE_GONE = 'the file was deleted or replaced';

export function createWriter({
  store,
  confirmTimeoutMs,
  onBlocked,
  isInPlace,
}: WriterOptions): Writer {
  let tasks: Task[] = [];
  let isScheduled = false;
  let failures = 0;
  let isBlocked = false;
  let isClosed = false;

  function write<T>(work: () => T, isSend: boolean): Promise<T> {
    if (isClosed) return Promise.reject(lost(CLOSED, true));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = (): (() => void) => {
      const result = work();
      return () => resolve(result);
    };
    tasks.push({ run, reject, isSend, askedAtMs: performance.now() });
    schedule();
    return promise;
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    const run = (): void => {
      isScheduled = false;
      flush();
    };
    if (failures === 0) setImmediate(run);
    else setTimeout(run, isBlocked ? backoffMs(failures, 1_000) : backoffMs(failures, 20));
  }

  function flush(): void {
    const batch = tasks;
    if (batch.length === 0) return; // closed meanwhile
    tasks = [];
    const attempts = commit(store, batch);
    const matters = attempts.some(({ task, outcome }) => task.isSend || 'error' in outcome);
    if (matters && !isInPlace())
      return batch.forEach(({ reject }) => reject(lost(FILE_GONE, false)));
    report(attempts);
    const again = attempts.filter((attempt) => !conclude(attempt)).map(({ task }) => task);
    failures = again.length === 0 ? 0 : failures + 1;
    tasks = [...again, ...tasks];
    if (tasks.length > 0) schedule();
  }

  /** True when there is nothing more to do for a task. */
  function conclude({ task, outcome }: Attempt): boolean {
    if ('resolve' in outcome) {
      outcome.resolve();
      return true;
    }
    if (!task.isSend) return false;
    const isPatient = performance.now() - task.askedAtMs < confirmTimeoutMs;
    if (isBusy(outcome.error) && isPatient) return false;
    const reason = `the file did not take it: ${messageOf(outcome.error)}`;
    const notWritten = !outcome.atCommit;
    task.reject(new SendError('unconfirmed', reason, { cause: outcome.error, notWritten }));
    return true;
  }

  /** A lock held by another process for a while says nothing about the file. */
  function report(attempts: readonly Attempt[]): void {
    const errors = attempts.flatMap(({ outcome }) => ('error' in outcome ? [outcome.error] : []));
    if (errors.length > 0 && errors.every(isBusy)) return;
    const wasBlocked = isBlocked;
    isBlocked = errors.length > 0;
    if (isBlocked !== wasBlocked) onBlocked(isBlocked);
  }

  /** Rejects tasks that have not been done, or were undone. */
  function rejectAll(rejected: readonly Task[], why: string): void {
    for (const { reject } of rejected) reject(lost(why, true));
  }

  return {
    send: (work) => write(work, true),
    settle: (work) => write(work, false),
    async close() {
      isClosed = true;
      rejectAll(
        tasks.filter(({ isSend }) => isSend),
        CLOSED,
      );
      tasks = tasks.filter(({ isSend }) => !isSend);
      const startedAtMs = performance.now();
      while (tasks.length > 0 && performance.now() - startedAtMs < LAST_EFFORT_MS) await sleep(5);
      rejectAll(tasks, CLOSED);
      tasks = [];
    },
    abandon() {
      isClosed = true;
      rejectAll(tasks, FILE_GONE);
      tasks = [];
    },
  };
}

interface Task {
  /** Does the work, and returns what tells the result to who asked for it. */
  readonly run: () => () => void;
  readonly reject: (error: SendError) => void;
  readonly isSend: boolean;
  readonly askedAtMs: number;
}

interface Attempt {
  readonly task: Task;
  readonly outcome: { readonly resolve: () => void } | Failure;
}

interface Failure {
  readonly error: unknown;
  /** The commit itself failed: what was written may be in the file. */
  readonly atCommit: boolean;
}

/** Does everything in one transaction. */
function commit(store: Store, batch: readonly Task[]): Attempt[] {
  let atCommit = false;
  try {
    store.begin({ durable: batch.some(({ isSend }) => isSend) });
    const attempts = batch.map((task) => attempt(store, task));
    atCommit = true;
    store.commit();
    return attempts;
  } catch (error) {
    if (store.isInTransaction()) store.rollback();
    return batch.map((task) => ({ task, outcome: { error, atCommit } }));
  }
}

/** What fails alone does not undo its neighbours, unless SQLite itself has undone them. */
function attempt(store: Store, task: Task): Attempt {
  try {
    return { task, outcome: { resolve: task.run() } };
  } catch (error) {
    if (!store.isInTransaction()) throw error;
    return { task, outcome: { error, atCommit: false } };
  }
}

function backoffMs(failures: number, maxMs: number): number {
  return Math.min(2 ** (failures - 1), maxMs) * (0.5 + Math.random() / 2);
}

function lost(why: string, notWritten: boolean): SendError {
  return new SendError('lost', why, { notWritten });
}
