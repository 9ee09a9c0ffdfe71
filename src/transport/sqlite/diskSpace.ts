import { statfsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { MIB } from '../../units.ts';
import type { Message } from '../message.ts';
import { Store, type Lease, type LeasedMessage } from './store.ts';

/**
 * The free space, in bytes, that an operation leaves on the disk, so that a nearly full disk can
 * still drain. A commit goes to the write-ahead log first (https://sqlite.org/wal.html), and
 * copying the log into the database may need the same space again. Without it the log grows until
 * not even an ack can be written.
 *
 * Producers stop first, then actors stop sending, then leasing stops. Acks and nacks are never
 * refused.
 */
export const RESERVED_BYTES = { producer: 16 * MIB, actor: 8 * MIB, lease: 0 } as const;

/**
 * With more free space than this, a measurement is reused for `MAX_MEASUREMENT_AGE_MS`, because a
 * measurement takes longer than a statement.
 */
const AMPLE_BYTES = 1024 * MIB;
const MAX_MEASUREMENT_AGE_MS = 10;

export interface DiskSpaceOptions {
  /** The path of the database. */
  readonly path: string;
  /** The space that `insert` leaves free, in addition to the space for copying the log. */
  readonly reservedBytes: number;
}

/** A store whose `insert` and `lease` throw when the disk is nearly full. */
export class SpaceLimitedStore extends Store {
  readonly #path: string;
  readonly #reservedBytes: number;
  /** The measured free space minus the bytes inserted since. */
  #freeBytes = 0;
  #measuredAtMs = 0;

  constructor(db: DatabaseSync, { path, reservedBytes }: DiskSpaceOptions) {
    super(db);
    this.#path = path;
    this.#reservedBytes = reservedBytes;
  }

  override begin(options: { readonly durable: boolean }): void {
    const nowMs = performance.now();
    if (this.#freeBytes < AMPLE_BYTES || nowMs - this.#measuredAtMs > MAX_MEASUREMENT_AGE_MS) {
      this.#freeBytes = measureFreeBytes(this.#path);
      this.#measuredAtMs = nowMs;
    }
    if (this.#freeBytes < this.#reservedBytes) this.#freeBytes = this.#truncateLog();
    super.begin(options);
  }

  override insert(queue: string, message: Message, dueAtMs?: number): boolean {
    // The body is written to the log and copied into the database.
    const neededBytes = 2 * message.body.length;
    this.#requireFree(this.#reservedBytes + neededBytes);
    this.#freeBytes -= neededBytes;
    return super.insert(queue, message, dueAtMs);
  }

  override lease(queue: string, limit: number, lease: Lease): LeasedMessage[] {
    this.#requireFree(RESERVED_BYTES.lease);
    return super.lease(queue, limit, lease);
  }

  #requireFree(bytes: number): void {
    if (this.#freeBytes >= bytes) return;
    throw new Error(`disk nearly full: ${this.#freeBytes} bytes free after the write-ahead log`);
  }

  /** Truncates the log explicitly: SQLite does so on commit, which may fail on a full disk. */
  #truncateLog(): number {
    try {
      this.checkpoint();
    } catch {
      // The next transaction tries again.
    }
    return measureFreeBytes(this.#path);
  }
}

/** The free space minus the space for copying the whole log into the database. */
export function measureFreeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return bavail * bsize - (log?.size ?? 0);
}
