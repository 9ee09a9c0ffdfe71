import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../faults.ts';
import type { Headers, MessageProperties } from '../message.ts';
import { LookError } from '../inspection/queueReader.ts';
import { type Look } from '../inspection/queueReader.ts';
import { type QueuedMessage } from '../inspection/queueReader.ts';
import { type LookOptions } from '../inspection/queueReader.ts';
import type { Store, StoredRow } from './store.ts';

export interface RowReaderOptions extends Omit<LookOptions, 'idleTimeoutMs'> {
  readonly store: Store;
  /** False once the database is closed. */
  readonly isOpen: () => boolean;
  readonly queue: string;
  /** Whether delayed and leased messages are skipped. */
  readonly readyOnly: boolean;
  readonly onMessage: (message: QueuedMessage) => void;
}

/** The event loop runs other work after this number of messages. */
const PAGE_MESSAGES = 100;

/**
 * Reads the messages of a queue in the order in which they were sent, and changes nothing. Each
 * message is read in a transaction of its own; a message that is acknowledged during the look is
 * skipped.
 * @throws {LookError}
 */
export async function readRows(options: RowReaderOptions): Promise<Look> {
  const { store, isOpen, queue, readyOnly, onMessage, limit, stopped, drained } = options;
  const asOfMs = Date.now();
  const ids = listIds(store, queue, readyOnly ? asOfMs : undefined);
  let count = 0;
  for (const [index, id] of ids.entries()) {
    if (index % PAGE_MESSAGES === 0) await Promise.all([nextTurn(), drained?.()]);
    if (stopped.aborted || count >= limit) break;
    if (!isOpen()) throw new LookError('lost', 'sqlite file deleted or replaced during the look');
    const message = read(store, queue, id);
    if (message === undefined) continue;
    count++;
    onMessage(message);
  }
  const end = stopped.aborted ? 'stopped' : 'complete';
  return { count, total: ids.length, asOfMs, consumers: undefined, end };
}

/** A message and its row. */
export class RowMessage implements QueuedMessage {
  readonly rowId: number;
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly deadLetter: undefined;
  readonly isReady: boolean;
  readonly isDelayed: boolean;

  constructor(rowId: number, row: StoredRow, nowMs: number) {
    this.rowId = rowId;
    this.id = row.messageId;
    this.body = row.body;
    this.headers = row.headers;
    this.properties = row.properties;
    this.isReady = row.dueAtMs <= nowMs;
    this.isDelayed = !this.isReady && !row.wasLeased;
  }
}

function listIds(store: Store, queue: string, dueAtMs?: number): readonly number[] {
  try {
    if (store.exists(queue)) return store.listIds(queue, dueAtMs);
  } catch (cause) {
    throw unreadable(queue, cause);
  }
  throw new LookError('missing', `queue "${queue}" does not exist`);
}

function read(store: Store, queue: string, id: number): RowMessage | undefined {
  try {
    const row = store.read(id);
    return row && new RowMessage(id, row, Date.now());
  } catch (cause) {
    throw unreadable(queue, cause);
  }
}

function unreadable(queue: string, cause: unknown): LookError {
  const message = `cannot read queue "${queue}": ${messageOf(cause)}`;
  return new LookError('refused', message, { cause });
}
