import { isActorName } from '../../envelope/actorName.ts';
import { encodeEnvelope, type Edit, type HeaderEdit } from '../../envelope/edit.ts';
import { readEnvelope, type Envelope, type ReadOptions } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import { HEADER, PARKED_HEADER } from '../../envelope/headers.ts';
import { decodeMember, type RawObject } from '../../envelope/json/json.ts';
import type { Failure } from '../../faults.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { readErrorReport, textAt, type ErrorReport } from '../../hop/failure/errorReport.ts';
import { wrapBytes } from '../../hop/readHop.ts';
import { foreignHeaders, type Message } from '../../transport/message.ts';
import { decodeProperties } from '../../transport/messageProperties.ts';
import type { Delivery } from '../../transport/transport.ts';

/** The original of a failed message, or the reason that it cannot be restored. */
export interface Restored {
  /** The envelope's id; undefined when the message is not an envelope. */
  readonly id: string | undefined;
  /** The fault code; undefined when the message has none. */
  readonly code: string | undefined;
  readonly original: Original | { readonly lost: string };
}

export interface Original {
  /** The actor that receives the original. */
  readonly to: string;
  readonly message: Message;
}

export interface RestoreOptions extends Pick<ReadOptions, 'maxNesting'> {
  readonly happyEnd: string;
  readonly errorEnd: string;
}

type FailedMessage = Message & Pick<Delivery, 'deadLetter'>;

/**
 * Restores the original of a message in error-end's queue. The message is an error envelope, an
 * original with the error in its message headers, or a message that the broker dead-lettered. The
 * original is restored byte for byte, except that it counts one more hop and has no deadline.
 *
 * An envelope goes to the current actor of its route, which for an unroutable envelope is the next
 * actor. An envelope past the end of its route, or one that failed at happy-end, goes to happy-end.
 * A message that is not an envelope goes to the actor that rejected it.
 */
export function restoreOriginal(message: FailedMessage, options: RestoreOptions): Restored {
  const failure = readFailure(message, options.errorEnd);
  return failure === undefined
    ? restoreEnvelope(message, options)
    : restoreUnwrapped(message, failure, options);
}

/** Restores an original that is in the queue without an error envelope around it. */
function restoreUnwrapped(
  { body, headers, properties }: FailedMessage,
  failure: Failure,
  options: RestoreOptions,
): Restored {
  const envelope = readUnwrapped(body, failure, options);
  return {
    id: (envelope ?? wrapBytes(body, failure.actor)).id,
    code: failure.fault.code,
    original: {
      to: envelope === undefined ? failure.actor : targetOf(envelope, failure.actor, options),
      message: {
        body: envelope === undefined ? body : encodeReplay(envelope),
        headers: foreignHeaders(headers),
        properties,
      },
    },
  };
}

/** An envelope for happy-end may be past the end of its route; only an end accepts it then. */
function readUnwrapped(
  body: Buffer,
  { fault, actor }: Failure,
  options: RestoreOptions,
): Envelope | undefined {
  const mayBeForHappyEnd =
    actor === options.happyEnd || fault.code === 'unroutable' || fault.code === 'publish_refused';
  return (
    tryReadEnvelope(body, options) ??
    (mayBeForHappyEnd ? tryReadEnvelope(body, { ...options, isEnd: true }) : undefined)
  );
}

/** Restores the original of an error envelope. An envelope without an error is its own original. */
function restoreEnvelope(message: FailedMessage, options: RestoreOptions): Restored {
  const envelope = tryReadEnvelope(message.body, { ...options, isEnd: true });
  if (envelope === undefined) {
    return { id: undefined, code: undefined, original: { lost: 'not an envelope' } };
  }
  const report = readErrorReport(envelope);
  const payload = report && originalPayload(report.payload);
  const original =
    report !== undefined && payload === undefined
      ? restoreBody(report, options)
      : {
          to: targetOf(envelope, report?.failure.actor, options),
          message: {
            body: encodeReplay(envelope, payload === undefined ? {} : { payload }),
            headers: foreignHeaders(message.headers),
            properties: message.properties,
          },
        };
  return { id: envelope.id, code: report?.failure.fault.code, original };
}

function originalPayload({ bytes, members }: RawObject): Buffer | undefined {
  const range = members.get('original_payload');
  return range && bytes.subarray(range.start, range.end);
}

/**
 * Restores a message from `original_body`, where an error envelope keeps bytes that are not an
 * envelope. Earlier versions kept only the start of large messages, under another name.
 */
function restoreBody(
  { payload, failure }: ErrorReport,
  options: RestoreOptions,
): Restored['original'] {
  const text = textAt(payload, 'original_body');
  const { actor } = failure;
  if (text === undefined) return { lost: 'the error envelope does not contain the original' };
  if (!isActorName(actor)) return { lost: 'the error envelope does not name the failed actor' };
  const encoding = textAt(payload, 'original_encoding') === 'base64' ? 'base64' : 'utf8';
  const body = Buffer.from(text, encoding);
  const envelope = tryReadEnvelope(body, options);
  return {
    to: envelope === undefined ? actor : targetOf(envelope, actor, options),
    message: {
      body: envelope === undefined ? body : encodeReplay(envelope),
      ...decodeProperties(decodeMember(payload, 'original_properties')),
    },
  };
}

/**
 * After an empty reply, an envelope goes to happy-end while its route still points to the actor
 * that gave the reply. The failed actor therefore takes precedence over the route.
 */
function targetOf(
  { actors, current }: Envelope,
  failedActor: string | undefined,
  { happyEnd }: RestoreOptions,
): string {
  return failedActor === happyEnd ? happyEnd : (actors[current] ?? happyEnd);
}

/** Undefined when the bytes are not an envelope. */
function tryReadEnvelope(bytes: Buffer, options: ReadOptions): Envelope | undefined {
  try {
    return readEnvelope(bytes, options);
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/**
 * Encodes an envelope for its replay. The replay counts as a hop, so that actors that ignore
 * repeated pairs of id and hops accept it. The deadline, which may have passed, and the mark of a
 * parked envelope are removed.
 */
function encodeReplay(envelope: Envelope, edit: Edit = {}): Buffer {
  const { headers, layout } = envelope;
  const removed = [HEADER.deadline, PARKED_HEADER]
    .filter((name) => layout.headers?.members.has(name) === true)
    .map((name): HeaderEdit => [name, null]);
  return encodeEnvelope(envelope, {
    ...edit,
    headers: [[HEADER.hops, headers.hops + 1], ...removed],
  });
}
