/** Another process is creating or recovering the file; the caller retries. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

// https://sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;

/** Whether an error is transient: another connection holds a lock or is creating the file. */
export function isBusy(error: unknown): boolean {
  if (error instanceof BusyError) return true;
  const code = resultCodeOf(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Whether SQLite found the content of a database inconsistent. */
export function isMalformed(error: unknown): boolean {
  return resultCodeOf(error) === SQLITE_CORRUPT;
}

/** The primary result code, which is the low byte; undefined for other errors. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}
