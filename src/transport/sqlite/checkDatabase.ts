import { accessSync, constants, existsSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  failed,
  missing,
  notChecked,
  ok,
  runCheck,
  type CheckResult,
  type Finding,
} from '../../check.ts';
import { messageOf } from '../../faults.ts';
import { MIB } from '../../units.ts';
import { refuseForeign } from './databaseFile.ts';
import { measureFreeBytes, RESERVED_BYTES } from './diskSpace.ts';

/**
 * Checks whether a sidecar could open the database at a path, or create it. Creates and changes no
 * file.
 */
export async function* checkDatabase(
  path: string,
  limit: AbortSignal,
): AsyncGenerator<CheckResult> {
  const describe = (error: unknown): string => `ASYA_SQLITE_PATH: ${messageOf(error)}`;
  const run = (check: string, find: (path: string) => Finding): Promise<CheckResult> =>
    runCheck(check, async () => find(path), limit, describe);
  yield run('database file', checkFile);
  if (existing(path) === undefined) return;
  yield run('file system', checkFileSystem);
  yield run('disk space', checkSpace);
}

function checkFile(path: string): Finding {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return missing(`${path}: created at the start`);
  }
  if (!stats.isFile()) return failed(`${path} is not a file`);
  accessSync(path, constants.R_OK | constants.W_OK);
  // SQLite creates the write-ahead log next to the file.
  accessSync(dirname(realpathSync(path)), constants.W_OK | constants.X_OK);
  refuseForeign(path);
  return ok(`${path}: writable`);
}

/** The types of file systems by the `f_type` of statfs(2) on Linux. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9P'],
]);

function checkFileSystem(path: string): Finding {
  if (process.platform !== 'linux') return notChecked('known on Linux only');
  const network = NETWORK_FILE_SYSTEMS.get(statfsSync(existing(path) ?? path).type);
  return network === undefined
    ? ok('local')
    : failed(`${network} is a network file system; the write-ahead log needs a local disk`);
}

function checkSpace(path: string): Finding {
  const freeBytes = measureFreeBytes(existing(path) ?? path);
  const free = `${formatMib(freeBytes)} free`;
  const { actor: reservedBytes } = RESERVED_BYTES;
  if (freeBytes >= reservedBytes) return ok(free);
  return failed(`${free}; a sidecar sends only with ${formatMib(reservedBytes)} or more`);
}

/** Returns the path, its directory if there is no file, or undefined if there is neither. */
function existing(path: string): string | undefined {
  return [path, dirname(path)].find((it) => existsSync(it));
}

function formatMib(bytes: number): string {
  return `${Math.max(0, Math.floor(bytes / MIB))} MiB`;
}
