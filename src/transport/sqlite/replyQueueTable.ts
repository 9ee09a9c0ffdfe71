import type { DatabaseSync } from 'node:sqlite';

const CREATE = `CREATE TABLE IF NOT EXISTS reply_queues (
  name TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`;

/**
 * The statements on reply queues, which exist in the table of all queues and, with the time at
 * which they expire, in a table of their own. That table is created with the first reply queue. A
 * sidecar of an earlier version ignores it.
 */
export class ReplyQueueTable {
  readonly #db: DatabaseSync;
  #isCreated = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  add(queue: string, expiresAtMs: number): void {
    this.#db.exec(CREATE);
    this.#db.prepare('INSERT INTO queues VALUES (?)').run(queue);
    this.#db.prepare('INSERT INTO reply_queues VALUES (?, ?)').run(queue, expiresAtMs);
  }

  /** Returns false when the queue no longer exists. */
  renew(queue: string, expiresAtMs: number): boolean {
    const renew = this.#db.prepare('UPDATE reply_queues SET expires_at = ? WHERE name = ?');
    return renew.run(expiresAtMs, queue).changes === 1;
  }

  /** Removes a queue with its messages. */
  remove(queue: string): void {
    this.#db.prepare('DELETE FROM messages WHERE queue = ?').run(queue);
    this.#db.prepare('DELETE FROM queues WHERE name = ?').run(queue);
    this.#db.prepare('DELETE FROM reply_queues WHERE name = ?').run(queue);
  }

  /** The queues whose process no longer renews them, because it was killed. */
  expired(nowMs: number): readonly string[] {
    if (!this.#exists()) return [];
    const find = this.#db.prepare('SELECT name FROM reply_queues WHERE expires_at <= ?');
    return find.all(nowMs).map(({ name }) => String(name));
  }

  #exists(): boolean {
    this.#isCreated ||=
      this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'reply_queues'").get() !==
      undefined;
    return this.#isCreated;
  }
}
