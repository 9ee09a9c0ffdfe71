import type { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqliteErrors.ts';

/**
 * Marks a database of this program: "Asya" in ASCII, at byte 68 of the file
 * (https://sqlite.org/fileformat2.html#application_id).
 */
export const APPLICATION_ID = 0x41737961;

/** The version of the table layout, stored as `user_version`. */
const VERSION = 1;

/** The `lease` column of a message that was never leased. Lease tokens are greater. */
export const NO_LEASE = 2 ** 50;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT ${NO_LEASE},
    deliveries INTEGER NOT NULL DEFAULT 0,
    unsettled INTEGER NOT NULL DEFAULT 0,
    message_id TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS due ON messages (queue, due_at, id);
  PRAGMA user_version = ${VERSION};
`;
const SET_APPLICATION_ID = `PRAGMA application_id = ${APPLICATION_ID}`;

/** The tables and columns of a file that was created before files had an application id. */
const COLUMNS =
  'messages(id,queue,due_at,lease,deliveries,unsettled,message_id,headers,body) queues(name)';

/** `unmarked` means that the tables of this program exist without its application id. */
export type Owner = 'marked' | 'unmarked' | 'none';

/**
 * Determines to which program a database belongs.
 * @throws when it belongs to another program or to a later version of this one
 */
export function ownerOf(db: DatabaseSync): Owner {
  const id = readPragma(db, 'application_id');
  const version = readPragma(db, 'user_version');
  if (id === APPLICATION_ID) {
    if (version > VERSION)
      throw new Error(`unsupported layout version ${version}; supported: ${VERSION}`);
    return 'marked';
  }
  const columns = id === 0 ? describeColumns(db) : undefined;
  if (columns === COLUMNS && version === VERSION) return 'unmarked';
  if (columns === '' && version === 0) return 'none';
  throw new Error(`database of another program (application_id ${id}, user_version ${version})`);
}

function readPragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** All tables, views and triggers with their columns: `name(column,…) …`. */
function describeColumns(db: DatabaseSync): string {
  const objects = db.prepare(
    `SELECT name, (SELECT group_concat(name, ',') FROM pragma_table_info(object.name)) AS columns
     FROM sqlite_schema AS object WHERE type <> 'index' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name`,
  );
  return objects
    .all()
    .map(({ name, columns }) => `${String(name)}(${String(columns)})`)
    .join(' ');
}

/** Creates the tables in an empty database, and sets the application id. */
export function initialize(db: DatabaseSync): void {
  const owner = ownerOf(db);
  if (owner === 'marked') return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have created the tables since the first check.
    const tables = ownerOf(db) === 'none' ? SCHEMA : '';
    db.exec(`${tables} ${SET_APPLICATION_ID}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    // An unmarked database is usable. On a full disk it must stay readable, so that it can drain.
    if (owner === 'none' || isBusy(error)) throw error;
  }
}
