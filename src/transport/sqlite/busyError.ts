/** Another process is creating or recovering the file; the caller retries. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** Whether an error is transient: another connection holds a lock or is creating the file. */
export function isBusy(error: unknown): boolean {
  if (error instanceof BusyError) return true;
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  // The low byte is the primary result code (https://sqlite.org/rescode.html).
  const code = Number(error.errcode) & 0xff;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}
