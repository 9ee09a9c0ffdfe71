import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { createMessageIds } from '../messageIds.ts';
import type { Headers, Message, MessageProperties } from '../message.ts';
import type { BrowsedMessage, QueueState } from '../transport.ts';
import { decodeHeaders, encodeHeaders } from './headersColumn.ts';

/**
 * The file: one table of messages, in the order of their ids.
 *
 * - `due_at`: when a message may be delivered: at once, at the end of its delay, or at the end of a
 *   lease.
 * - `lease`: who had it last. Who settles must name it, so nobody settles what was leased to
 *   another since.
 *
 * There is no state and no sweeper: what nobody renews is due again when its lease ends. A nack, a
 * renewal and a delay are all another `due_at`; a nack keeps the place, as among what is due at
 * once the id decides.
 */
export interface Store {
  declare(queue: string): void;
  /** False when nobody has declared the queue. */
  insert(queue: string, message: Message, dueAtMs?: number): boolean;
  lease(queue: string, limit: number, lease: Lease): Row[];
  /** False when the lease was lost; so are `nack` and `renew`. */
  ack(leased: Leased): boolean;
  nack(leased: Leased): boolean;
  renew(leased: Leased, endsAtMs: number): boolean;
  /** When the next message of a queue is due; undefined when it is empty. */
  nextDueAtMs(queue: string): number | undefined;
  /** Whether the queue was declared. */
  exists(queue: string): boolean;
  /** How many messages of a queue are due. */
  countDue(queue: string, nowMs: number): number;
  /** How many messages of a queue are leased, and when the last lease ends unless it is renewed. */
  countLeased(queue: string, nowMs: number): QueueState['leased'];
  /** The first messages of a queue, due or not. */
  browse(queue: string, limit: number, nowMs: number): BrowsedMessage[];
  begin(options: { durable: boolean }): void;
  commit(): void;
  rollback(): void;
  /** False after an error that undid what the transaction had written. */
  isInTransaction(): boolean;
  /**
   * Copies the log into the file and cuts it off, unless another connection is in the way.
   * @throws when the disk is full
   */
  checkpoint(): void;
  close(): void;
}

/** Times are in milliseconds since the epoch. */
export interface Lease {
  readonly token: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** What names a leased message. */
export interface Leased {
  readonly rowId: number;
  readonly token: number;
}

/** A leased message. */
export interface Row extends Leased {
  readonly messageId: string;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly body: Buffer;
  /** How often it was delivered before. */
  readonly deliveries: number;
  /** How many of those deliveries were never settled. */
  readonly unsettled: number;
}

/** Tokens are greater. */
export const NO_LEASE = 2 ** 50;

/**
 * A time long past, and not 0: SQLite then stores it in as many bytes as any other time. A row
 * whose size stays the same is changed in place; otherwise each lease would write the whole body
 * again.
 */
const AT_ONCE = 1e12;

/** A store in an open database that has its tables. */
export function createStore(db: DatabaseSync): Store {
  const declare = db.prepare('INSERT OR IGNORE INTO queues VALUES (?)');
  const isDeclared = db.prepare('SELECT 1 FROM queues WHERE name = ?');
  const insert = db.prepare(
    'INSERT INTO messages (queue, due_at, message_id, headers, body) VALUES (?, ?, ?, ?, ?)',
  );
  // One UPDATE … RETURNING would do the work of these two, in twice the time: it opens temporary
  // tables.
  const due = db.prepare(
    `SELECT id, message_id, headers, body, deliveries, unsettled FROM messages
     WHERE queue = ? AND due_at BETWEEN ? AND ? ORDER BY due_at, id LIMIT ?`,
  );
  due.setReturnArrays(true);
  const take = db.prepare(
    'UPDATE messages SET due_at = ?, lease = ?, deliveries = deliveries + 1, unsettled = unsettled + 1 WHERE id = ?',
  );
  const ack = db.prepare('DELETE FROM messages WHERE id = ? AND lease = ?');
  const setDue = db.prepare(
    'UPDATE messages SET due_at = ?, unsettled = unsettled - ? WHERE id = ? AND lease = ?',
  );
  const nextDue = db.prepare('SELECT due_at FROM messages WHERE queue = ? ORDER BY due_at LIMIT 1');
  const countDue = db.prepare(
    'SELECT count(*) AS due FROM messages WHERE queue = ? AND due_at <= ?',
  );
  const countLeased = db.prepare(
    `SELECT count(*) AS count, max(due_at) AS until FROM messages
     WHERE queue = ? AND due_at > ? AND lease <> ${NO_LEASE}`,
  );
  const browse = db.prepare(
    'SELECT headers, body, due_at FROM messages WHERE queue = ? ORDER BY due_at, id LIMIT ?',
  );
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const synchronous = { FULL: 'PRAGMA synchronous = FULL', NORMAL: 'PRAGMA synchronous = NORMAL' };
  let isDurable: boolean | undefined;
  const known = new Set<string>();
  const nextId = createMessageIds();

  /** Queues are never undeclared, so each is looked up once. */
  function exists(queue: string): boolean {
    if (!known.has(queue) && isDeclared.get(queue) !== undefined) known.add(queue);
    return known.has(queue);
  }

  function leaseBetween(
    from: number,
    to: number,
    queue: string,
    limit: number,
    lease: Lease,
  ): Row[] {
    // It returns arrays; its type says otherwise.
    const found = due.all(queue, from, to, limit) as unknown as SQLOutputValue[][];
    const rows = found.map((columns) => toRow(columns, lease.token));
    for (const { rowId } of rows) take.run(lease.endsAtMs, lease.token, rowId);
    return rows;
  }

  return {
    declare: (queue) => void declare.run(queue),
    exists,
    insert(queue, message, dueAtMs = AT_ONCE) {
      if (!exists(queue)) return false;
      insert.run(queue, dueAtMs, nextId(), encodeHeaders(message), message.body);
      return true;
    },
    lease(queue, limit, lease) {
      if (limit <= 0) return [];
      // What had to wait comes first, or a backlog that never ends would keep it waiting for ever.
      const waited = leaseBetween(AT_ONCE + 1, lease.startsAtMs, queue, limit, lease);
      return [...waited, ...leaseBetween(AT_ONCE, AT_ONCE, queue, limit - waited.length, lease)];
    },
    ack: ({ rowId, token }) => ack.run(rowId, token).changes === 1,
    nack: ({ rowId, token }) => setDue.run(AT_ONCE, 1, rowId, token).changes === 1,
    renew: ({ rowId, token }, endsAtMs) => setDue.run(endsAtMs, 0, rowId, token).changes === 1,
    nextDueAtMs(queue) {
      const row = nextDue.get(queue);
      return row === undefined ? undefined : Number(row['due_at']);
    },
    countDue: (queue, nowMs) => Number(countDue.get(queue, nowMs)?.['due']),
    countLeased(queue, nowMs) {
      const row = countLeased.get(queue, nowMs);
      const count = Number(row?.['count']);
      return count === 0 ? undefined : { count, untilMs: Number(row?.['until']) };
    },
    browse: (queue, limit, nowMs) =>
      browse.all(queue, limit).map(({ headers, body, due_at: dueAtMs }) => ({
        ...decodeHeaders(String(headers)),
        body: toBuffer(body),
        isReady: Number(dueAtMs) <= nowMs,
      })),
    begin({ durable }) {
      if (durable !== isDurable) db.exec(synchronous[durable ? 'FULL' : 'NORMAL']);
      isDurable = durable;
      begin.run();
    },
    commit: () => void commit.run(),
    rollback: () => db.exec('ROLLBACK'),
    isInTransaction: () => db.isTransaction,
    checkpoint: () => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: () => db.close(),
  };
}

function toBuffer(body: SQLOutputValue | undefined): Buffer {
  if (!(body instanceof Uint8Array)) throw new TypeError('the column body is not a blob');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function toRow(columns: readonly SQLOutputValue[], token: number): Row {
  const [id, messageId, headers, body, deliveries, unsettled] = columns;
  return {
    rowId: Number(id),
    token,
    messageId: String(messageId),
    ...decodeHeaders(String(headers)),
    body: toBuffer(body),
    deliveries: Number(deliveries),
    unsettled: Number(unsettled),
  };
}
