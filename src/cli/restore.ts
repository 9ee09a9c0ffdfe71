import { encodeEnvelope, type Header } from '../edit.ts';
import { isActorName, readEnvelope, type Envelope, type ReadOptions } from '../envelope.ts';
import { EnvelopeError } from '../errors.ts';
import { HEADER, PARKED_HEADER } from '../headers.ts';
import { cursorAt, decodeJson, kindAt, readRawObject, type RawObject, type Span } from '../json.ts';

/** What a message of an error-end was before it failed, or why that cannot be told. */
export interface Restored {
  /** Of the envelope; undefined when the message is none. */
  readonly id: string | undefined;
  /** Why it failed; undefined when the message says nothing of it. */
  readonly code: string | undefined;
  readonly original: Original | { readonly lost: string };
}

export interface Original {
  readonly to: string;
  readonly body: Buffer;
}

export interface RestoreOptions extends Pick<ReadOptions, 'maxNesting'> {
  readonly happyEnd: string;
}

/**
 * Restores what stands in an error envelope (`errorEnvelope.ts` tells its form), byte for byte, and where it goes:
 * to the actor at which its route stands, which for what was unroutable is the next one; past its end, to happy-end.
 */
export function restoreOriginal(message: Buffer, options: RestoreOptions): Restored {
  const envelope = read(message, { ...options, atEnd: true });
  if (envelope === undefined)
    return { id: undefined, code: undefined, original: { lost: 'it is no envelope' } };
  const report = readReport(envelope);
  const code = report && textAt(report.details, 'code');
  return { id: envelope.id, code, original: originalOf(envelope, report, options) };
}

interface Report {
  readonly payload: RawObject;
  readonly details: RawObject;
}

function originalOf(
  envelope: Envelope,
  report: Report | undefined,
  options: RestoreOptions,
): Restored['original'] {
  const to = standsAt(envelope, options);
  const headers = endedHeaders(envelope);
  // Without a report it was the broker that moved the envelope here, as it was.
  if (report === undefined) return { to, body: encodeEnvelope(envelope, { headers }) };
  const { payload, details } = report;
  const span = payload.members.get('original_payload');
  if (span !== undefined) {
    const original = payload.bytes.subarray(span.start, span.end);
    return { to, body: encodeEnvelope(envelope, { payload: original, headers }) };
  }
  const body = bodyIn(payload);
  const actor = textAt(details, 'actor');
  if (body === undefined || !isActorName(actor)) return { lost: 'its original was too large to be kept' };
  const whole = read(body, options);
  return { to: whole === undefined ? actor : standsAt(whole, options), body };
}

/** The bytes that were no envelope, or one too large to be taken apart. */
function bodyIn(payload: RawObject): Buffer | undefined {
  const body = textAt(payload, 'original_body');
  const encoding = textAt(payload, 'original_encoding') === 'base64' ? 'base64' : 'utf8';
  return body === undefined ? undefined : Buffer.from(body, encoding);
}

function standsAt({ actors, current }: Envelope, { happyEnd }: RestoreOptions): string {
  return actors[current] ?? happyEnd;
}

/** Undefined when the bytes are no envelope. */
function read(bytes: Buffer, options: ReadOptions): Envelope | undefined {
  try {
    return readEnvelope(bytes, options);
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/** What an error envelope tells; undefined when the envelope is none. */
function readReport({ bytes, layout }: Envelope): Report | undefined {
  const payload = objectAt(bytes, layout.payload);
  const details = payload && objectAt(bytes, payload.members.get('details'));
  if (payload === undefined || details === undefined) return undefined;
  const isReport = textAt(payload, 'error') !== undefined && textAt(details, 'code') !== undefined;
  return isReport ? { payload, details } : undefined;
}

function objectAt(bytes: Buffer, span: Span | undefined): RawObject | undefined {
  if (span === undefined) return undefined;
  const cursor = cursorAt(bytes, span);
  return kindAt(cursor) === 'object' ? readRawObject(cursor) : undefined;
}

function textAt({ bytes, members }: RawObject, key: string): string | undefined {
  const span = members.get(key);
  const value = span === undefined ? undefined : decodeJson(bytes, span);
  return typeof value === 'string' ? value : undefined;
}

/** Headers that do not hold any more: the deadline has passed, and what was parked is so no longer. */
function endedHeaders({ layout }: Envelope): readonly Header[] {
  const ended = [HEADER.deadline, PARKED_HEADER].filter((name) => layout.headers?.members.has(name) === true);
  return ended.map((name) => [name, null]);
}
