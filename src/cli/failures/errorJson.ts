import { isUtf8 } from 'node:buffer';
import { encodeMessage, type ReceivedMessage } from '../queue/messageJson.ts';
import { readTrace, type FailedMessage } from './failedMessage.ts';
import type { ErrorGroup } from './groups.ts';
import { readProducerProperties } from './producerProperties.ts';

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
 *    "payload", "body" | "body_base64"?, "properties"?, "traceback"?, "parked"?}
 *
 * Route, headers and payload are those of the original. They keep their bytes, except that line
 * breaks between tokens become spaces. A message that is not an envelope has the payload null and
 * its bytes in `body` or `body_base64`. Properties are those that its producer set, with the
 * message headers as `headers`. Unknown values are null.
 */
export function encodeFailedMessage(message: FailedMessage): Buffer {
  const { route, headers } = message;
  const start = JSON.stringify(fieldsOf(message));
  const properties = readProducerProperties(message.produced);
  const rest = JSON.stringify({ ...bodyOf(message), properties, ...optionalFieldsOf(message) });
  const parts = [
    Buffer.from(`${start.slice(0, -1)},"route":`),
    toLine(route?.json),
    Buffer.from(',"headers":'),
    toLine(headers),
    Buffer.from(',"payload":'),
    toLine('payload' in message.original ? message.original.payload : undefined),
    Buffer.from(rest === '{}' ? '}\n' : `,${rest.slice(1)}\n`),
  ];
  return Buffer.concat(parts);
}

/**
 * Encodes a failed message as one line from which it can be restored, with the line break:
 *
 *   {"message": {"properties", "headers", "body" | "body_base64", "dead_letter"?},
 *    "error": {"id", "journey", "actor", "code", "text", "attempt", "failed_at", …}}
 */
export function encodeArchived(message: FailedMessage, received: ReceivedMessage): Buffer {
  const error = { ...fieldsOf(message), ...optionalFieldsOf(message) };
  return Buffer.from(`${JSON.stringify({ message: encodeMessage(received), error })}\n`);
}

/** Unknown values are null. */
function fieldsOf(message: FailedMessage): object {
  const { id, journey, actor, code, text, attempt, failedAtMs } = message;
  const failed_at = formatTime(failedAtMs);
  const fields = { id, journey, actor, code, text, attempt, failed_at };
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? null]));
}

/** Unknown values are undefined, which JSON omits. */
function optionalFieldsOf(message: FailedMessage): object {
  const { traceback } = readTrace(message);
  return { traceback, parked: message.parked };
}

/** RFC 3339 */
function formatTime(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
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
export function toLine(json: Buffer | undefined): Buffer {
  if (json === undefined) return NULL;
  if (!json.includes(LINE_FEED) && !json.includes(CARRIAGE_RETURN)) return json;
  const isBreak = (byte: number): boolean => byte === LINE_FEED || byte === CARRIAGE_RETURN;
  return Buffer.from(json.map((byte) => (isBreak(byte) ? SPACE : byte)));
}
