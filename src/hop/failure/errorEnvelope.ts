import { payloadOf, type Envelope } from '../../envelope/envelope.ts';
import type { Failure, ReportedFault } from '../../faults.ts';
import { encodeProperties } from '../../transport/messageProperties.ts';
import type { Message } from '../../transport/message.ts';
import { truncateToBytes } from '../../unicode.ts';
import { KIB } from '../../units.ts';

/**
 * The payload of an error envelope:
 *
 *   { "error": "ValueError: not a number",
 *     "details": { "code": "runtime_error", "message": "not a number", "type": "ValueError",
 *                  "traceback": "…", "mro": ["ValueError", …], "actor": "infer", "attempt": 1,
 *                  "failed_at": "2026-11-29T15:00:00.000Z",
 *                  "runtime_details": <other members of the runtime's error> },
 *     "original_payload": <the received payload, unchanged> }
 *
 * For a message that is not an envelope, `original_body` and `original_encoding` (`utf8` or
 * `base64`) replace `original_payload`, and `original_properties` has its properties and headers.
 */
export interface ErrorPayloadOptions {
  /** The message, if it is not an envelope. All its headers are preserved. */
  readonly message?: Message | undefined;
  /** The largest message that may be published. The error uses at most six sixteenths of it. */
  readonly maxMessageBytes: number;
}

const MAX_BASE_CLASSES = 64;

/** Prints the payload. The original is never truncated. */
export function errorPayload(
  envelope: Envelope,
  failure: Failure,
  { message, maxMessageBytes }: ErrorPayloadOptions,
): Buffer {
  const maxTextBytes = Math.min(32 * KIB, maxMessageBytes / 16);
  const error = JSON.stringify(truncateToBytes(summary(failure.fault), maxTextBytes));
  return Buffer.concat([
    Buffer.from(`{"error":${error},"details":${details(failure, maxTextBytes)},`),
    ...(message === undefined
      ? [Buffer.from('"original_payload":'), payloadOf(envelope)]
      : [Buffer.from(originalMessage(message))]),
    Buffer.from('}'),
  ]);
}

/** One line with the runtime's error code, or else the fault's, and the message. */
function summary({ code, runtimeCode, message }: ReportedFault): string {
  return `${runtimeCode ?? code}: ${message}`;
}

function details({ fault, actor, attempt, failedAt }: Failure, maxTextBytes: number): string {
  const { code, message, type, mro, traceback, runtimeDetails } = fault;
  const short = (text: string): string => truncateToBytes(text, maxTextBytes / MAX_BASE_CLASSES);
  const json = JSON.stringify({
    code,
    message: truncateToBytes(message, maxTextBytes),
    ...(type === undefined ? {} : { type: short(type) }),
    ...(mro === undefined ? {} : { mro: mro.slice(0, MAX_BASE_CLASSES).map(short) }),
    ...(traceback === undefined ? {} : { traceback: truncateToBytes(traceback, maxTextBytes) }),
    actor,
    attempt,
    ...(failedAt === undefined ? {} : { failed_at: failedAt }),
  });
  if (runtimeDetails === undefined) return json;
  const fits = Buffer.byteLength(runtimeDetails) <= maxTextBytes;
  const more = fits
    ? runtimeDetails
    : JSON.stringify(truncateToBytes(runtimeDetails, maxTextBytes));
  return `${json.slice(0, -1)},"runtime_details":${more}}`;
}

/** The members that preserve a message that is not an envelope. */
function originalMessage({ body, headers, properties = {} }: Message): string {
  const text = body.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(body);
  const preserved = encodeProperties(properties, headers);
  const original = {
    original_encoding: isText ? 'utf8' : 'base64',
    original_body: isText ? text : body.toString('base64'),
    ...(Object.keys(preserved).length === 0 ? {} : { original_properties: preserved }),
  };
  return JSON.stringify(original).slice(1, -1);
}
