import { closeSync, openSync, realpathSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { NO_LEASE } from './store.ts';

/**
 * Marks a database as one of this program: "Asya" in ASCII, at byte 68 of the file
 * (https://sqlite.org/fileformat2.html#application_id).
 */
export const APPLICATION_ID = 0x41737961;

/** The layout of the tables. */
const VERSION = 1;

/** To this size the log is cut when it starts anew, in bytes. */
const LOG_BYTES = 4 << 20;

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
const MARK = `PRAGMA application_id = ${APPLICATION_ID}`;

/** The tables of a file that was made before files were marked, with their columns. */
const COLUMNS =
  'messages(id,queue,due_at,lease,deliveries,unsettled,message_id,headers,body) queues(name)';

/** An open database, and the files that belong to it. */
export interface DatabaseFile {
  readonly db: DatabaseSync;
  /**
   * False once the file at the path is another one, or none: what is written to this one is never
   * read.
   */
  isInPlace(): boolean;
  readonly companions: Companions;
}

/** The identities of `-wal` and `-shm`, by suffix. */
export type Companions = ReadonlyMap<string, string | undefined>;

const SUFFIXES = ['-wal', '-shm'] as const;

/** Another process is making or recovering the file: to be tried again. */
class BusyError extends Error {
  override readonly name = 'BusyError';
}

/**
 * Opens the file, and makes it if there is none; only its owner may read it. A database of another
 * program is refused before anything is written.
 * @param left what belonged to an earlier file at this path, and must not be read as if it belonged
 * to this one
 * @throws when it cannot be opened, belongs to another program, or another process is busy with it
 * (see `isBusy`)
 */
export function openDatabaseFile(path: string, left: Companions = new Map()): DatabaseFile {
  if (!makeFile(path)) {
    requireMade(path);
    refuseForeign(path);
    removeCompanions(path, (id, suffix) => id === left.get(suffix));
  }
  const id = identify(path);
  // No busy time-out: SQLite would sleep in the event loop. An absolute path is never `:memory:` or
  // a URL.
  const db = new DatabaseSync(resolve(path), { timeout: 0 });
  try {
    claim(db);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${LOG_BYTES}`);
    // The first read makes `-wal` and `-shm`.
    db.prepare('SELECT count(*) FROM queues').get();
    if (id === undefined || identify(path) !== id)
      throw new BusyError('replaced while it was opened');
    const companions = new Map(
      SUFFIXES.map((suffix) => [suffix, identify(companion(path, suffix))]),
    );
    return { db, isInPlace: () => identify(path, id) === id, companions };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes an empty file; false when there is one. An existing file is never opened here: closing any
 * handle of it would drop the locks that SQLite has in this process.
 */
function makeFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  removeCompanions(path, () => true);
  return true;
}

function removeCompanions(path: string, isLeft: (id: string, suffix: string) => boolean): void {
  for (const suffix of SUFFIXES) {
    const file = companion(path, suffix);
    const id = identify(file);
    if (id !== undefined && isLeft(id, suffix)) rmSync(file, { force: true });
  }
}

/** SQLite puts these files next to the file that a symbolic link names. */
function companion(path: string, suffix: string): string {
  return `${realpathSync(path)}${suffix}`;
}

/** Device and inode; undefined when there is no file, `unknown` when the system does not say. */
function identify(path: string, unknown?: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    return unknown;
  }
}

const MAKING_MS = 1_000;
const MIN_DATABASE_BYTES = 512;

/**
 * The process that has made an empty file first removes what an earlier file left, and then fills
 * it.
 */
function requireMade(path: string): void {
  const { size, mtimeMs } = statSync(path);
  if (size === 0 && Math.abs(Date.now() - mtimeMs) < MAKING_MS)
    throw new BusyError('another process makes it');
}

/**
 * Looks into the file without changing it: another program's log would be copied into its database
 * by the last connection that is closed, unless that connection only reads.
 * @throws when it is a database of another program
 */
function refuseForeign(path: string): void {
  const { size } = statSync(path);
  if (size === 0) return;
  // SQLite takes a file of one byte for an empty one.
  if (size < MIN_DATABASE_BYTES) throw new Error('file is not a database');
  // First without locks and without the log, and with the log only if the file itself has nothing
  // in it.
  for (const mode of ['immutable=1', 'mode=ro']) {
    const db = new DatabaseSync(`${pathToFileURL(path).href}?${mode}`, {
      readOnly: true,
      timeout: 0,
    });
    try {
      if (ownerOf(db) !== 'none') return;
    } finally {
      db.close();
    }
  }
}

/**
 * Whose database it is: `ours`, marked or not, or that of `none`, as it is empty.
 * @throws when it is a database of another program, or of a later version of this one
 */
function ownerOf(db: DatabaseSync): 'marked' | 'unmarked' | 'none' {
  const id = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  if (id === APPLICATION_ID) {
    if (version > VERSION)
      throw new Error(`it has layout ${version}; this version knows ${VERSION}`);
    return 'marked';
  }
  const columns = id === 0 ? columnsOf(db) : undefined;
  if (columns === COLUMNS && version === VERSION) return 'unmarked';
  if (columns === '' && version === 0) return 'none';
  throw new Error(
    `it is the database of another program (application_id ${id}, user_version ${version})`,
  );
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Every table, view and trigger with its columns, as text: `name(column,…) …`. */
function columnsOf(db: DatabaseSync): string {
  const objects = db.prepare(
    `SELECT name, (SELECT group_concat(name, ',') FROM pragma_table_info(object.name)) AS columns
     FROM sqlite_schema AS object WHERE type <> 'index' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name`,
  );
  return objects
    .all()
    .map(({ name, columns }) => `${String(name)}(${String(columns)})`)
    .join(' ');
}

/** Makes the tables of an empty file, and marks a file that has them. */
function claim(db: DatabaseSync): void {
  const owner = ownerOf(db);
  if (owner === 'marked') return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been first.
    db.exec(ownerOf(db) === 'none' ? `${SCHEMA} ${MARK}; COMMIT` : `${MARK}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    // A full disk must not keep a file from being emptied.
    if (owner === 'none' || isBusy(error)) throw error;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Another connection holds a lock that this one needs: to be tried again. */
export function isBusy(error: unknown): boolean {
  if (error instanceof BusyError) return true;
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  // The upper bytes of an extended code say more about the same thing.
  const code = Number(error.errcode) & 0xff;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}
