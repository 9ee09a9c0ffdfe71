import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { NO_LEASE } from './schema.ts';

export type Statements = Readonly<Record<StatementName, StatementSync>>;

type StatementName = keyof typeof SQL;

const SQL = {
  declare: 'INSERT OR IGNORE INTO queues VALUES (?)',
  findQueue: 'SELECT 1 FROM queues WHERE name = ?',
  insert: 'INSERT INTO messages (queue, due_at, message_id, headers, body) VALUES (?, ?, ?, ?, ?)',
  // `findDue` and `lease` take half the time of one UPDATE … RETURNING, which opens temporary
  // tables.
  findDue: `SELECT id, message_id, headers, body, deliveries, unsettled FROM messages
     WHERE queue = ? AND due_at BETWEEN ? AND ? ORDER BY due_at, id LIMIT ?`,
  lease: `UPDATE messages SET due_at = ?, lease = ?, deliveries = deliveries + 1,
     unsettled = unsettled + 1 WHERE id = ?`,
  delete: 'DELETE FROM messages WHERE id = ? AND lease = ?',
  setDue: 'UPDATE messages SET due_at = ?, unsettled = unsettled - ? WHERE id = ? AND lease = ?',
  nextDue: 'SELECT due_at FROM messages WHERE queue = ? ORDER BY due_at LIMIT 1',
  countDue: 'SELECT count(*) AS due FROM messages WHERE queue = ? AND due_at <= ?',
  countLeased: `SELECT count(*) AS count, max(due_at) AS until FROM messages
     WHERE queue = ? AND due_at > ? AND lease <> ${NO_LEASE}`,
  countDelayed: `SELECT count(*) AS count FROM messages
     WHERE queue = ? AND due_at > ? AND lease = ${NO_LEASE}`,
  // The index `due` contains both columns.
  listIds: 'SELECT id FROM messages WHERE queue = ? AND due_at <= ? ORDER BY id',
  read: 'SELECT message_id, headers, body, due_at, lease FROM messages WHERE id = ?',
  findDueRow: `SELECT id, message_id, headers, body, deliveries, unsettled FROM messages
     WHERE id = ? AND due_at <= ?`,
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
} as const;

export function prepareStatements(db: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
  const statements = Object.fromEntries(entries) as Statements;
  for (const statement of [statements.findDue, statements.findDueRow])
    statement.setReturnArrays(true);
  return statements;
}
