export type Level = 'info' | 'warn' | 'error';

/** Writes one line. Fields that are undefined are left out. */
export type Log = (
  level: Level,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Creates a log of JSON objects, in the form of the sidecar's log. */
export function createLog(write: (line: string) => void): Log {
  return (level, message, fields = {}) =>
    write(JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...fields }));
}
