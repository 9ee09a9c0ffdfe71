import { encodeEnvelope, type Edit, type HeaderEdit } from '../../envelope/edit.ts';
import { readEnvelope, type Envelope, type ReadOptions } from '../../envelope/envelope.ts';
import { isActorName } from '../../envelope/actorName.ts';
import {
  readErrorReport,
  textAt,
  valueAt,
  type ErrorReport,
} from '../../hop/failure/errorReport.ts';
import type { Failure } from '../../faults.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { HEADER, PARKED_HEADER } from '../../envelope/headers.ts';
import { wrapBytes } from '../../hop/hop.ts';
import { foreignHeaders, type Message } from '../../transport/message.ts';
import type { RawObject } from '../../envelope/json/json.ts';
import { decodeProperties } from '../../transport/messageProperties.ts';
import type { Delivery } from '../../transport/transport.ts';

/** What a message of error-end's queue was before it failed, or why that is unknown. */
export interface Restored {
  /** Of the envelope; undefined when the message is not one. */
  readonly id: string | undefined;
  /** Why it failed; undefined when the message does not say. */
  readonly code: string | undefined;
  readonly original: Original | { readonly lost: string };
}

export interface Original {
  readonly to: string;
  readonly message: Message;
}

export interface RestoreOptions extends Pick<ReadOptions, 'maxNesting'> {
  readonly happyEnd: string;
  readonly errorEnd: string;
}

type FailedMessage = Message & Pick<Delivery, 'deadLetter'>;

/**
 * Restores what failed, byte for byte but for its hops, of which the replay is one more, and for a
 * deadline. The message is an error envelope, an original with the error in its message headers, or
 * one that the broker has moved.
 *
 * An envelope goes to the actor at which its route stands, which for one that was unroutable is the
 * next actor; past the end of its route, or when it failed there, it goes to happy-end. A message
 * that is not an envelope goes to the actor that refused it.
 */
export function restoreOriginal(message: FailedMessage, options: RestoreOptions): Restored {
  const failure = readFailure(message, options.errorEnd);
  return failure === undefined ? unwrap(message, options) : takeBack(message, failure, options);
}

/** Of an original that is here as it came. */
function takeBack(message: FailedMessage, failure: Failure, options: RestoreOptions): Restored {
  const { body, headers, properties } = message;
  const envelope = readOriginal(body, failure, options);
  const original = {
    to: envelope === undefined ? failure.actor : goalOf(envelope, failure.actor, options),
    message: {
      body: envelope === undefined ? body : again(envelope),
      headers: foreignHeaders(headers),
      properties,
    },
  };
  return {
    id: (envelope ?? wrapBytes(body, failure.actor)).id,
    code: failure.fault.code,
    original,
  };
}

/** Undefined when it is not an envelope. Past the end of its route it is one for happy-end only. */
function readOriginal(
  body: Buffer,
  { fault, actor }: Failure,
  options: RestoreOptions,
): Envelope | undefined {
  const wasForHappyEnd =
    actor === options.happyEnd || fault.code === 'unroutable' || fault.code === 'publish_refused';
  return (
    read(body, options) ?? (wasForHappyEnd ? read(body, { ...options, isEnd: true }) : undefined)
  );
}

/** Of an error envelope, or of an envelope that is here as it was. */
function unwrap({ body, headers, properties }: FailedMessage, options: RestoreOptions): Restored {
  const envelope = read(body, { ...options, isEnd: true });
  if (envelope === undefined)
    return { id: undefined, code: undefined, original: { lost: 'it is not an envelope' } };
  const report = readErrorReport(envelope);
  const code = report?.failure.fault.code;
  const payload = report && originalPayload(report.payload);
  if (report !== undefined && payload === undefined) {
    return { id: envelope.id, code, original: unwrapMessage(report, options) };
  }
  const message = {
    body: again(envelope, payload === undefined ? {} : { payload }),
    headers: foreignHeaders(headers),
    properties,
  };
  return {
    id: envelope.id,
    code,
    original: { to: goalOf(envelope, report?.failure.actor, options), message },
  };
}

function originalPayload({ bytes, members }: RawObject): Buffer | undefined {
  const span = members.get('original_payload');
  return span && bytes.subarray(span.start, span.end);
}

/**
 * Of bytes that an error envelope keeps; an earlier version kept the start only of what was too
 * large.
 */
function unwrapMessage(
  { payload, failure }: ErrorReport,
  options: RestoreOptions,
): Restored['original'] {
  const text = textAt(payload, 'original_body');
  const { actor } = failure;
  if (text === undefined) return { lost: 'its original was too large to be kept' };
  if (!isActorName(actor)) return { lost: 'it does not name the actor at which it failed' };
  const encoding = textAt(payload, 'original_encoding') === 'base64' ? 'base64' : 'utf8';
  const body = Buffer.from(text, encoding);
  const envelope = read(body, options);
  return {
    to: envelope === undefined ? actor : goalOf(envelope, actor, options),
    message: {
      body: envelope === undefined ? body : again(envelope),
      ...decodeProperties(valueAt(payload, 'original_properties')),
    },
  };
}

/**
 * An envelope whose actor returned an empty reply is at happy-end, although its route still points
 * to that actor.
 */
function goalOf(
  { actors, current }: Envelope,
  failedAt: string | undefined,
  { happyEnd }: RestoreOptions,
): string {
  return failedAt === happyEnd ? happyEnd : (actors[current] ?? happyEnd);
}

/** Undefined when the bytes are not an envelope. */
function read(bytes: Buffer, options: ReadOptions): Envelope | undefined {
  try {
    return readEnvelope(bytes, options);
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/**
 * The envelope for another attempt. It counts as a hop, so that an actor that ignores repeated ids
 * and hops accepts it; its deadline may have passed, and a parked envelope is not parked any more.
 */
function again(envelope: Envelope, edit: Edit = {}): Buffer {
  const { headers, layout } = envelope;
  const ended = [HEADER.deadline, PARKED_HEADER].filter(
    (name) => layout.headers?.members.has(name) === true,
  );
  const set: HeaderEdit[] = [
    [HEADER.hops, headers.hops + 1],
    ...ended.map((name): HeaderEdit => [name, null]),
  ];
  return encodeEnvelope(envelope, { ...edit, headers: set });
}
