import { KIB } from '../../units.ts';
import { startTimeLimit } from '../limits/timeLimit.ts';
import type { Call } from '../runtime.ts';
import { batchListsOf } from './batchLists.ts';
import { encodeId } from './encodedId.ts';
import { idempotencyKeyOf } from './idempotencyKey.ts';

/** The limit of the W3C Baggage specification. Longer baggage is omitted. */
const MAX_BAGGAGE_BYTES = 8 * KIB;

/** Servers reject headers of 16 KiB, and differ in how they count them. */
const MAX_HEADERS_BYTES = 16_000;

/** Reserved for `content-length` and the empty line. */
const RESERVED_BYTES = 64;

/** The colon and the space after the name, and the CRLF. */
const LINE_OVERHEAD_BYTES = 4;

/**
 * Returns the headers that describe the call. Values from a message are bounded, so that no
 * message makes a server reject the request. Ids are percent-encoded, because they may contain any
 * character.
 * @param startBytes the size of the request line and the headers of the connection
 */
export function requestHeadersOf(call: Call, startBytes = 0): ReadonlyMap<string, string> {
  const { actor, batch, context } = call;
  const headers = new Map([
    ['content-type', 'application/json'],
    ...(batch === undefined ? singleHeadersOf(call) : batchListsOf(call)),
    ['asya-actor', actor],
    ['asya-timeout-ms', String(Math.round(startTimeLimit(call).leftMs()))],
  ]);
  addContext(headers, context, startBytes);
  return headers;
}

/** The headers of a call of one request. */
function singleHeadersOf({
  requests: [{ envelope, attempt }],
}: Call): readonly (readonly [string, string])[] {
  const { journeyId, deadlineMs } = envelope.headers;
  const deadline = deadlineMs === undefined ? undefined : new Date(deadlineMs).toISOString();
  return [
    ['asya-envelope-id', encodeId(envelope.id)],
    ['asya-journey-id', encodeId(journeyId)],
    ['asya-attempt', String(attempt)],
    ['asya-idempotency-key', encodeId(idempotencyKeyOf(envelope))],
    ...(deadline === undefined ? [] : [['asya-deadline', deadline] as const]),
  ];
}

/** Adds the context headers that fit. Baggage comes last, so it is omitted first. */
function addContext(
  headers: Map<string, string>,
  context: Call['context'],
  startBytes: number,
): void {
  let leftBytes = MAX_HEADERS_BYTES - RESERVED_BYTES - startBytes;
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
