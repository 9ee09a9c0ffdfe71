import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { MIB, SECOND } from '../../units.ts';
import { BusyError, isMalformed } from './sqliteErrors.ts';
import { initialize, ownerOf, type Owner } from './schema.ts';

/** SQLite truncates the write-ahead log to this size when it restarts the log. */
const MAX_LOG_BYTES = 4 * MIB;

/** An open database and its companion files. */
export interface DatabaseFile {
  readonly db: DatabaseSync;
  /** False when the file was deleted or replaced: no other process reads what is written to it. */
  isInPlace(): boolean;
  readonly companions: Companions;
}

/** The identities (see `identify`) of a database's `-wal` and `-shm` files, by suffix. */
export type Companions = ReadonlyMap<string, string | undefined>;

const SUFFIXES = ['-wal', '-shm'] as const;

/**
 * Opens the database, or creates it with permissions for its owner only. Refuses a database of
 * another program before it writes anything.
 * @param stale companion files of an earlier database at this path, which are removed
 * @throws when the database cannot be opened or belongs to another program; see `isBusy` for
 * transient errors
 */
export function openDatabaseFile(path: string, stale: Companions = new Map()): DatabaseFile {
  if (!createFile(path)) {
    requireUsable(path);
    requireInitialized(path);
    refuseForeign(path);
    removeCompanions(path, (id, suffix) => id === stale.get(suffix));
  }
  const id = identify(path);
  // A busy timeout would block the event loop. An absolute path is never interpreted as `:memory:`
  // or a URL.
  const db = new DatabaseSync(resolve(path), { timeout: 0 });
  try {
    initialize(db);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${MAX_LOG_BYTES}`);
    // The first read creates `-wal` and `-shm`.
    db.prepare('SELECT count(*) FROM queues').get();
    if (id === undefined || identify(path) !== id)
      throw new BusyError('file replaced during opening');
    const companions = new Map(
      SUFFIXES.map((suffix) => [suffix, identify(companionPath(path, suffix))]),
    );
    return { db, isInPlace: () => identify(path, id) === id, companions };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Creates an empty file. Returns false when the file exists; it is then not opened, because closing
 * any handle would release the POSIX locks that SQLite holds in this process.
 */
function createFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  removeCompanions(path, () => true);
  return true;
}

function removeCompanions(path: string, isStale: (id: string, suffix: string) => boolean): void {
  for (const suffix of SUFFIXES) {
    const file = companionPath(path, suffix);
    const id = identify(file);
    if (id !== undefined && isStale(id, suffix)) rmSync(file, { force: true });
  }
}

/** SQLite creates companion files next to the target of a symbolic link. */
function companionPath(path: string, suffix: string): string {
  return `${realpathSync(path)}${suffix}`;
}

/** Device and inode; undefined when the file does not exist, `fallback` when stat fails. */
function identify(path: string, fallback?: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    return fallback;
  }
}

/**
 * Throws for a directory, and without the permission to read and write the file. The errors of
 * SQLite do not name these reasons.
 */
function requireUsable(path: string): void {
  if (!statSync(path).isFile()) throw new Error('not a file');
  accessSync(path, constants.R_OK | constants.W_OK);
}

const MAX_INITIALIZATION_MS = SECOND;
const MIN_DATABASE_BYTES = 512;

/**
 * Throws while another process may be initializing an empty file: that process removes stale
 * companion files before it creates the tables.
 * @throws {BusyError}
 */
function requireInitialized(path: string): void {
  const { size, mtimeMs } = statSync(path);
  if (size === 0 && Math.abs(Date.now() - mtimeMs) < MAX_INITIALIZATION_MS)
    throw new BusyError('another process creates the file');
}

/**
 * Inspects the database with read-only connections. When the last read-write connection to another
 * program's database is closed, SQLite copies the log into it, which would change the file.
 * @throws when it is a database of another program
 */
export function refuseForeign(path: string): void {
  const { size } = statSync(path);
  if (size === 0) return;
  // SQLite treats a file of one byte as empty.
  if (size < MIN_DATABASE_BYTES) throw new Error('file is not a database');
  // The log is only read when the file alone does not identify its owner.
  if (readOwnerWithoutLog(path) === 'none') readOwner(path, 'mode=ro');
}

/**
 * Reads the file without locks and without the log. The file is malformed while another process
 * copies the log into it; its owner is then unknown.
 */
function readOwnerWithoutLog(path: string): Owner {
  try {
    return readOwner(path, 'immutable=1');
  } catch (error) {
    if (isMalformed(error)) return 'none';
    throw error;
  }
}

function readOwner(path: string, mode: string): Owner {
  const url = `${pathToFileURL(path).href}?${mode}`;
  const db = new DatabaseSync(url, { readOnly: true, timeout: 0 });
  try {
    return ownerOf(db);
  } finally {
    db.close();
  }
}
