import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../faults.ts';
import { LookError, type Look, type LookOptions, type QueuedMessage } from '../transport.ts';
import type { Store } from './store.ts';

/** The database of a look. */
export interface LookSource {
  readonly store: Store;
  /** False once the database is closed. */
  readonly isOpen: () => boolean;
}

/** The event loop runs other work after this number of messages. */
const PAGE_MESSAGES = 100;

/**
 * Reads the messages of a queue, due or not, in the order in which they were sent, and changes
 * nothing. Each message is read in a transaction of its own; a message that is acknowledged during
 * the look is skipped.
 * @throws {LookError}
 */
export async function lookAtRows(
  { store, isOpen }: LookSource,
  queue: string,
  onMessage: (message: QueuedMessage) => void,
  { limit, stopped, drained }: LookOptions,
): Promise<Look> {
  const asOfMs = Date.now();
  const ids = listIds(store, queue);
  let count = 0;
  for (const [index, id] of ids.entries()) {
    if (index % PAGE_MESSAGES === 0) await Promise.all([nextTurn(), drained?.()]);
    if (stopped.aborted || count >= limit) break;
    if (!isOpen()) throw new LookError('sqlite file deleted or replaced during the look');
    const message = read(store, queue, id);
    if (message === undefined) continue;
    count++;
    onMessage(message);
  }
  const end = stopped.aborted ? 'stopped' : 'complete';
  return { count, total: ids.length, asOfMs, consumers: undefined, end };
}

function listIds(store: Store, queue: string): readonly number[] {
  try {
    if (store.exists(queue)) return store.listIds(queue);
  } catch (cause) {
    throw unreadable(queue, cause);
  }
  throw new LookError(`queue "${queue}" does not exist`, { isMissing: true });
}

function read(store: Store, queue: string, id: number): QueuedMessage | undefined {
  try {
    return store.read(id, Date.now());
  } catch (cause) {
    throw unreadable(queue, cause);
  }
}

function unreadable(queue: string, cause: unknown): LookError {
  return new LookError(`cannot read queue "${queue}": ${messageOf(cause)}`, { cause });
}
