import { createHash } from 'node:crypto';
import { KIB } from '../../units.ts';
import { startTimeLimit } from '../limits/timeLimit.ts';
import type { Call } from '../runtime.ts';
import { idempotencyKeyOf } from './idempotencyKey.ts';

/** A longer encoded id is replaced by its checksum. */
const MAX_ID_BYTES = KIB;

/** The limit of the W3C Baggage specification. Longer baggage is omitted. */
const MAX_BAGGAGE_BYTES = 8 * KIB;

/** Servers reject headers of 16 KiB, and differ in how they count them. */
const MAX_HEADERS_BYTES = 16_000;

/**
 * Reserved for the request line, `host`, `connection`, `accept-encoding` and `content-length`.
 */
const RESERVED_BYTES = 128;

/** The colon and the space after the name, and the CRLF. */
const LINE_OVERHEAD_BYTES = 4;

/**
 * Returns the headers that describe the call. Values from a message are bounded, so that no
 * message makes a server reject the request. Ids are percent-encoded, because they may contain any
 * character.
 */
export function requestHeadersOf(call: Call): ReadonlyMap<string, string> {
  const { requests, actor, context } = call;
  const [{ envelope, attempt }] = requests;
  const { journeyId, deadlineMs } = envelope.headers;
  const headers = new Map([
    ['content-type', 'application/json'],
    ['asya-envelope-id', encodeId(envelope.id)],
    ['asya-journey-id', encodeId(journeyId)],
    ['asya-actor', actor],
    ['asya-attempt', String(attempt)],
    ['asya-timeout-ms', String(Math.round(startTimeLimit(call).leftMs()))],
    ['asya-idempotency-key', encodeId(idempotencyKeyOf(envelope))],
  ]);
  if (deadlineMs !== undefined) headers.set('asya-deadline', new Date(deadlineMs).toISOString());
  addContext(headers, context);
  return headers;
}

/** Adds the context headers that fit. Baggage comes last, so it is omitted first. */
function addContext(headers: Map<string, string>, context: Call['context']): void {
  let leftBytes = MAX_HEADERS_BYTES - RESERVED_BYTES;
  for (const [name, value] of headers) leftBytes -= lineBytes(name, value);
  const { baggage = '', ...others } = context;
  const isBaggageSent = baggage !== '' && baggage.length <= MAX_BAGGAGE_BYTES;
  for (const [name, value] of Object.entries(isBaggageSent ? { ...others, baggage } : others)) {
    // The producer of the message may have set a value that is not valid in HTTP.
    if (value === undefined || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) continue;
    const sizeBytes = lineBytes(name, value);
    if (sizeBytes > leftBytes) continue;
    headers.set(name, value);
    leftBytes -= sizeBytes;
  }
}

/** Names and values as RFC 9110 allows them, without obsolete characters. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;

/** The size of a header line. Names and values are ASCII. */
function lineBytes(name: string, value: string): number {
  return name.length + value.length + LINE_OVERHEAD_BYTES;
}

/** Replaces a long id by its checksum, before encoding it if possible. */
function encodeId(id: string): string {
  const text = id.toWellFormed();
  const encoded = text.length > MAX_ID_BYTES ? undefined : encodeURIComponent(text);
  if (encoded !== undefined && encoded.length <= MAX_ID_BYTES) return encoded;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}
