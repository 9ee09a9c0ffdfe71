import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { isReplyQueue } from '../../replyQueue.ts';
import type { Headers, Message, MessageProperties } from '../message.ts';
import { randomUUID } from 'node:crypto';
import type { QueueState } from '../inspection/inspectableTransport.ts';
import { decodeHeaders, encodeHeaders } from './headersColumn.ts';
import { NO_LEASE } from './schema.ts';
import { prepareStatements, type Statements } from './statements.ts';

/** A lease on the messages of one fetch. Times are in milliseconds since the epoch. */
export interface Lease {
  readonly token: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Identifies a leased message. */
export interface LeasedRow {
  readonly rowId: number;
  readonly token: number;
}

/** A message, due or not. */
export interface StoredRow {
  readonly messageId: string;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly body: Buffer;
  /** When the message is deliverable, in milliseconds since the epoch. */
  readonly dueAtMs: number;
  /** Whether the message was ever leased. */
  readonly wasLeased: boolean;
}

export interface LeasedMessage extends LeasedRow {
  readonly messageId: string;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly body: Buffer;
  /** The number of earlier deliveries. */
  readonly deliveries: number;
  /** The number of earlier deliveries that were not settled. */
  readonly unsettled: number;
}

/**
 * The `due_at` of a message that is due at once: a past time, and not 0, because SQLite stores 0 in
 * fewer bytes than a later lease. An update that changes the size of a row rewrites the body.
 */
const AT_ONCE = 1e12;

/**
 * The statements on the two tables of a database.
 *
 * A message has no state column. It is deliverable when its `due_at` has passed: at once, at the
 * end of its delay, or at the end of a lease that was not renewed. Leasing, renewing, requeuing and
 * delaying a message all set `due_at`. The column `lease` holds the token of the last lease; only
 * its owner can settle the message. A requeued message keeps its position, because messages that
 * are due at once are ordered by id.
 */
export class Store {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #knownQueues = new Set<string>();
  #isDurable: boolean | undefined;

  /** @param db a database with the tables of `schema.ts` */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepareStatements(db);
  }

  declare(queue: string): void {
    this.#statements.declare.run(queue);
  }

  /** Whether the queue exists. The answer is cached, because only reply queues are deleted. */
  exists(queue: string): boolean {
    const known = this.#knownQueues;
    if (known.has(queue)) return true;
    const exists = this.#statements.findQueue.get(queue) !== undefined;
    if (exists && !isReplyQueue(queue)) known.add(queue);
    return exists;
  }

  /** Returns false when the queue was not declared. */
  insert(queue: string, message: Message, dueAtMs = AT_ONCE): boolean {
    if (!this.exists(queue)) return false;
    const headers = encodeHeaders(message);
    this.#statements.insert.run(queue, dueAtMs, randomUUID(), headers, message.body);
    return true;
  }

  /**
   * Leases due messages. Messages that were delayed or leased before precede new ones; otherwise a
   * backlog that never empties would starve them.
   */
  lease(queue: string, limit: number, lease: Lease): LeasedMessage[] {
    if (limit <= 0) return [];
    const delayed = this.#leaseDue(AT_ONCE + 1, lease.startsAtMs, queue, limit, lease);
    const rest = limit - delayed.length;
    return [...delayed, ...this.#leaseDue(AT_ONCE, AT_ONCE, queue, rest, lease)];
  }

  #leaseDue(
    fromMs: number,
    toMs: number,
    queue: string,
    limit: number,
    lease: Lease,
  ): LeasedMessage[] {
    // `setReturnArrays` makes rows arrays; the declared type does not reflect it.
    const rows = this.#statements.findDue.all(
      queue,
      fromMs,
      toMs,
      limit,
    ) as unknown as SQLOutputValue[][];
    const messages = rows.map((columns) => toLeasedMessage(columns, lease.token));
    for (const { rowId } of messages)
      this.#statements.lease.run(lease.endsAtMs, lease.token, rowId);
    return messages;
  }

  /** Returns false when the lease is lost, like `nack` and `renew`. */
  ack({ rowId, token }: LeasedRow): boolean {
    return this.#statements.delete.run(rowId, token).changes === 1;
  }

  nack({ rowId, token }: LeasedRow): boolean {
    return this.#statements.setDue.run(AT_ONCE, 1, rowId, token).changes === 1;
  }

  renew({ rowId, token }: LeasedRow, endsAtMs: number): boolean {
    return this.#statements.setDue.run(endsAtMs, 0, rowId, token).changes === 1;
  }

  /** When the next message is due, in milliseconds since the epoch; undefined in an empty queue. */
  nextDueAtMs(queue: string): number | undefined {
    const row = this.#statements.nextDue.get(queue);
    return row === undefined ? undefined : Number(row['due_at']);
  }

  countDue(queue: string, nowMs: number): number {
    return Number(this.#statements.countDue.get(queue, nowMs)?.['due']);
  }

  countLeased(queue: string, nowMs: number): QueueState['leased'] {
    const row = this.#statements.countLeased.get(queue, nowMs);
    const count = Number(row?.['count']);
    return count === 0 ? undefined : { count, untilMs: Number(row?.['until']) };
  }

  /** Counts the messages whose delay has not passed. */
  countDelayed(queue: string, nowMs: number): number {
    return Number(this.#statements.countDelayed.get(queue, nowMs)?.['count']);
  }

  /**
   * The ids of a queue's messages in the order in which they were sent.
   * @param dueAtMs limits them to the messages that are due at this time
   */
  listIds(queue: string, dueAtMs = Number.MAX_SAFE_INTEGER): number[] {
    return this.#statements.listIds.all(queue, dueAtMs).map(({ id }) => Number(id));
  }

  /** Undefined when the message was acknowledged. */
  read(rowId: number): StoredRow | undefined {
    const row = this.#statements.read.get(rowId);
    return (
      row && {
        messageId: String(row['message_id']),
        ...decodeHeaders(String(row['headers'])),
        body: toBuffer(row['body']),
        dueAtMs: Number(row['due_at']),
        wasLeased: Number(row['lease']) !== NO_LEASE,
      }
    );
  }

  /** Leases one message. Undefined when it is not due. */
  leaseRow(rowId: number, lease: Lease): LeasedMessage | undefined {
    const columns = this.#statements.findDueRow.get(rowId, lease.startsAtMs);
    if (columns === undefined) return undefined;
    this.#statements.lease.run(lease.endsAtMs, lease.token, rowId);
    return toLeasedMessage(columns as unknown as SQLOutputValue[], lease.token);
  }

  /** @param options `durable`: the commit waits for the disk */
  begin({ durable }: { readonly durable: boolean }): void {
    if (durable !== this.#isDurable)
      this.#db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = durable;
    this.#statements.begin.run();
  }

  commit(): void {
    this.#statements.commit.run();
  }

  rollback(): void {
    this.#db.exec('ROLLBACK');
  }

  /** False after an error on which SQLite has rolled the transaction back. */
  isInTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /**
   * Copies the log into the database and truncates it, unless another connection reads the log.
   * @throws when the disk is full
   */
  checkpoint(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#db.close();
  }
}

function toLeasedMessage(columns: readonly SQLOutputValue[], token: number): LeasedMessage {
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

function toBuffer(body: SQLOutputValue | undefined): Buffer {
  if (!(body instanceof Uint8Array)) throw new TypeError('column body is not a blob');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
