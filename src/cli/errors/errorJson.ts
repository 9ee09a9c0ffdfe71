import { isUtf8 } from 'node:buffer';
import { readTrace, type FailedMessage } from './failedMessage.ts';
import type { ErrorGroup } from './groups.ts';

/** `{"actor", "code", "text", "count", "first", "last", "example"}` */
export function encodeGroup(group: ErrorGroup): string {
  const { actor, code, text, count, firstMs, lastMs, example } = group;
  return JSON.stringify({
    actor: actor ?? null,
    code: code ?? null,
    text,
    count,
    first: formatTime(firstMs),
    last: formatTime(lastMs),
    example,
  });
}

/**
 * Encodes a failed message as one line, with the line break:
 *
 *   {"id", "journey", "actor", "code", "text", "attempt", "failed_at", "route", "headers",
 *    "payload", "traceback"?, "parked"?}
 *
 * Route, headers and payload are those of the original. They keep their bytes, except that line
 * breaks between tokens become spaces. A message that is not an envelope has the payload null and
 * its bytes in `body` or `body_base64`. Unknown values are null.
 */
export function encodeFailedMessage(message: FailedMessage): Buffer {
  const { id, journey, actor, code, text, attempt, failedAtMs, route, headers, parked } = message;
  const { traceback } = readTrace(message);
  const failed_at = formatTime(failedAtMs);
  const error = orNulls({ id, journey, actor, code, text, attempt, failed_at });
  const rest = JSON.stringify({ ...bodyOf(message), traceback, parked });
  const parts = [
    Buffer.from(`${JSON.stringify(error).slice(0, -1)},"route":`),
    toLine(route?.json),
    Buffer.from(',"headers":'),
    toLine(headers),
    Buffer.from(',"payload":'),
    toLine('payload' in message.original ? message.original.payload : undefined),
    Buffer.from(rest === '{}' ? '}\n' : `,${rest.slice(1)}\n`),
  ];
  return Buffer.concat(parts);
}

/** RFC 3339 */
function formatTime(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}

function orNulls(members: object): object {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, value ?? null]));
}

function bodyOf({ original }: FailedMessage): { body?: string; body_base64?: string } {
  if (!('body' in original)) return {};
  const { body } = original;
  return isUtf8(body) ? { body: body.toString() } : { body_base64: body.toString('base64') };
}

const NULL = Buffer.from('null');
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/**
 * Puts a JSON text on one line. A line break in a JSON text is always between tokens, because a
 * string escapes it.
 */
function toLine(json: Buffer | undefined): Buffer {
  if (json === undefined) return NULL;
  if (!json.includes(LINE_FEED) && !json.includes(CARRIAGE_RETURN)) return json;
  const isBreak = (byte: number): boolean => byte === LINE_FEED || byte === CARRIAGE_RETURN;
  return Buffer.from(json.map((byte) => (isBreak(byte) ? SPACE : byte)));
}
