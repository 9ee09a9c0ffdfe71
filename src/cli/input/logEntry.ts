import { isRecord } from '../../isRecord.ts';

/** The fields of a line of a sidecar's JSON log. */
export type LogEntry = Readonly<Record<string, unknown>>;

/**
 * Parses a line of a sidecar's JSON log, also as other programs pass it on: with a prefix
 * (`kubectl logs --prefix --timestamps`, `docker compose logs`, the files of a container runtime),
 * or as the member `log` (Docker) or `line` (Loki) of another object.
 * @returns no fields if the line has no JSON object
 */
export function parseLogLine(line: string): LogEntry {
  const entry = parseObject(line) ?? parseObject(line.slice(startOfObject(line)));
  if (entry === undefined) return NO_FIELDS;
  const { log, line: inner = log } = entry;
  return typeof inner === 'string' ? (parseObject(inner) ?? NO_FIELDS) : entry;
}

const NO_FIELDS: LogEntry = {};

/** The labels that `logcli` prints before a line have braces, but no quote after the first one. */
function startOfObject(line: string): number {
  const start = line.indexOf('{"');
  return start < 0 ? line.length : start;
}

function parseObject(text: string): LogEntry | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
