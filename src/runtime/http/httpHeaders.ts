import { createHash } from 'node:crypto';
import { idempotencyKeyOf } from './idempotencyKey.ts';
import type { Request } from '../runtime.ts';
import { startTimeLimit } from '../limits/timeLimit.ts';

/** A longer id, as encoded, is sent as its checksum. */
const MAX_ID_BYTES = 1024;

/** The limit of the W3C; longer baggage is left out. */
const MAX_BAGGAGE_BYTES = 8 * 1024;

/**
 * What all headers of a request take at most; servers refuse 16 KiB or more, each in its own way of
 * counting.
 */
const MAX_HEADERS_BYTES = 16_000;

/**
 * What the client adds to the headers of a message: request line, host, connection and
 * content-length.
 */
const CLIENT_HEADERS_BYTES = 128;

/** Ends with the name's colon and a space, and the line's end. */
const LINE_OVERHEAD_BYTES = 4;

/**
 * What an HTTP request says of its envelope, each name with its value. Everything that comes from a
 * message is bounded, so that no message makes a server refuse its headers. Ids are
 * percent-encoded, since they may be any text.
 */
export function headersOf(request: Request): ReadonlyMap<string, string> {
  const { envelope, actor, attempt, context } = request;
  const { journeyId, deadlineMs } = envelope.headers;
  const headers = new Map([
    ['content-type', 'application/json'],
    ['asya-envelope-id', encodeId(envelope.id)],
    ['asya-journey-id', encodeId(journeyId)],
    ['asya-actor', actor],
    ['asya-attempt', String(attempt)],
    ['asya-timeout-ms', String(Math.round(startTimeLimit(request).leftMs()))],
    ['asya-idempotency-key', encodeId(idempotencyKeyOf(envelope))],
  ]);
  if (deadlineMs !== undefined) headers.set('asya-deadline', new Date(deadlineMs).toISOString());
  addContext(headers, context);
  return headers;
}

/** Adds what fits, baggage last: it is the first to be left out. */
function addContext(headers: Map<string, string>, context: Request['context']): void {
  let leftBytes = MAX_HEADERS_BYTES - CLIENT_HEADERS_BYTES;
  for (const [name, value] of headers) leftBytes -= lineBytes(name, value);
  const { baggage = '', ...others } = context;
  const isBaggageSent = baggage !== '' && baggage.length <= MAX_BAGGAGE_BYTES;
  for (const [name, value] of Object.entries(isBaggageSent ? { ...others, baggage } : others)) {
    // The sender of a message may have written what no header can hold.
    if (value === undefined || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) continue;
    const sizeBytes = lineBytes(name, value);
    if (sizeBytes > leftBytes) continue;
    headers.set(name, value);
    leftBytes -= sizeBytes;
  }
}

/** What RFC 9110 allows, less what is obsolete. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;

/** Names and values are ASCII. */
function lineBytes(name: string, value: string): number {
  return name.length + value.length + LINE_OVERHEAD_BYTES;
}

/** A text that is too long to be encoded is not encoded first. */
function encodeId(id: string): string {
  const text = id.toWellFormed();
  const encoded = text.length > MAX_ID_BYTES ? undefined : encodeURIComponent(text);
  if (encoded !== undefined && encoded.length <= MAX_ID_BYTES) return encoded;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}
