import { payloadOf, type Envelope } from '../../envelope/envelope.ts';
import type { Failure, ReportedFault } from '../../faults.ts';
import { encodeProperties } from '../../transport/messageProperties.ts';
import type { Message } from '../../transport/message.ts';
import { truncateToBytes } from '../../unicode.ts';

/**
 * The payload of an envelope on its way to error-end:
 *
 *   { "error": "ValueError: not a number",
 *     "details": { "code": "runtime_error", "message": "not a number", "type": "ValueError", "traceback": "…",
 *                  "mro": ["ValueError", …], "actor": "infer", "attempt": 1, "failed_at": "2026-11-29T15:00:00.000Z",
 *                  "runtime_details": <other details that the runtime gave> },
 *     "original_payload": <the payload as it came> }
 *
 * A message that is not an envelope has, instead of `original_payload`, its body in `original_body`
 * with the `original_encoding` (utf8 or base64), and its properties and headers in
 * `original_properties`.
 */
export interface ErrorPayloadOptions {
  /** The message, where it is not an envelope. Its headers are those to keep. */
  readonly message?: Message | undefined;
  /**
   * The largest message that may be published: texts of the error take at most six sixteenths of
   * it.
   */
  readonly maxMessageBytes: number;
}

const KIBIBYTE = 1024;
const MAX_BASE_CLASSES = 64;

/** Prints the payload, with the original whole. */
export function errorPayload(
  envelope: Envelope,
  failure: Failure,
  { message, maxMessageBytes }: ErrorPayloadOptions,
): Buffer {
  const maxTextBytes = Math.min(32 * KIBIBYTE, maxMessageBytes / 16);
  const error = JSON.stringify(truncateToBytes(summary(failure.fault), maxTextBytes));
  return Buffer.concat([
    Buffer.from(`{"error":${error},"details":${details(failure, maxTextBytes)},`),
    ...(message === undefined
      ? [Buffer.from('"original_payload":'), payloadOf(envelope)]
      : [Buffer.from(originalMessage(message))]),
    Buffer.from('}'),
  ]);
}

/** A text for people: the runtime's own code, or the fault's, and the message. */
function summary({ code, runtimeCode, message }: ReportedFault): string {
  return `${runtimeCode ?? code}: ${message}`;
}

function details({ fault, actor, attempt, failedAt }: Failure, maxTextBytes: number): string {
  const { code, message, type, mro, traceback, runtimeDetails } = fault;
  const short = (text: string): string => truncateToBytes(text, maxTextBytes / MAX_BASE_CLASSES);
  const told = JSON.stringify({
    code,
    message: truncateToBytes(message, maxTextBytes),
    ...(type === undefined ? {} : { type: short(type) }),
    ...(mro === undefined ? {} : { mro: mro.slice(0, MAX_BASE_CLASSES).map(short) }),
    ...(traceback === undefined ? {} : { traceback: truncateToBytes(traceback, maxTextBytes) }),
    actor,
    attempt,
    ...(failedAt === undefined ? {} : { failed_at: failedAt }),
  });
  if (runtimeDetails === undefined) return told;
  const fits = Buffer.byteLength(runtimeDetails) <= maxTextBytes;
  const more = fits
    ? runtimeDetails
    : JSON.stringify(truncateToBytes(runtimeDetails, maxTextBytes));
  return `${told.slice(0, -1)},"runtime_details":${more}}`;
}

/** The members that keep a message which is not an envelope. */
function originalMessage({ body, headers, properties = {} }: Message): string {
  const text = body.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(body);
  const kept = encodeProperties(properties, headers);
  const original = {
    original_encoding: isText ? 'utf8' : 'base64',
    original_body: isText ? text : body.toString('base64'),
    ...(Object.keys(kept).length === 0 ? {} : { original_properties: kept }),
  };
  return JSON.stringify(original).slice(1, -1);
}
