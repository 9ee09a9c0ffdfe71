import type { SendError } from '../transport.ts';
import type { Store } from './store.ts';

export interface Task {
  /** Runs the work, and returns a function that resolves the task's promise with the result. */
  readonly run: () => () => void;
  readonly reject: (error: SendError) => void;
  /** The commit waits for the disk. */
  readonly isDurable: boolean;
  /** An error other than a lock conflict ends the task; otherwise it is retried without limit. */
  readonly mayFail: boolean;
  /** The failure of the work does not mean that the transport is blocked. */
  readonly isOptional: boolean;
  readonly enqueuedAtMs: number;
}

export interface Attempt {
  readonly task: Task;
  readonly outcome: { readonly resolve: () => void } | Failure;
}

interface Failure {
  readonly error: unknown;
  /** The commit itself failed; the work may be committed. */
  readonly atCommit: boolean;
}

/** Runs all tasks in one transaction. */
export function commitBatch(store: Store, batch: readonly Task[]): Attempt[] {
  let atCommit = false;
  try {
    store.begin({ durable: batch.some(({ isDurable }) => isDurable) });
    const attempts = batch.map((task) => attempt(store, task));
    atCommit = true;
    store.commit();
    return attempts;
  } catch (error) {
    if (store.isInTransaction()) store.rollback();
    return batch.map((task) => ({ task, outcome: { error, atCommit } }));
  }
}

/**
 * Runs one task. Its failure does not affect the other tasks, unless SQLite has rolled back the
 * transaction.
 */
function attempt(store: Store, task: Task): Attempt {
  try {
    return { task, outcome: { resolve: task.run() } };
  } catch (error) {
    if (!store.isInTransaction()) throw error;
    return { task, outcome: { error, atCommit: false } };
  }
}
