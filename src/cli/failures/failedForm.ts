import { readEnvelope, type Envelope, type ReadOptions } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import { decodeMember } from '../../envelope/json/json.ts';
import type { Failure } from '../../faults.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { readErrorReport, textAt, type ErrorReport } from '../../hop/failure/errorReport.ts';
import { TRANSPORT_HEADER, type Message } from '../../transport/message.ts';
import { decodeProperties } from '../../transport/messageProperties.ts';
import type { Delivery } from '../../transport/transport.ts';

/** A message in error-end's queue or in its parked queue. */
export type FailedDelivery = Message & Pick<Delivery, 'deadLetter'> & Partial<Pick<Delivery, 'id'>>;

/** A message in error-end's queue, by the place of its error. */
export type FailedForm =
  /** An error envelope. */
  | { readonly kind: 'wrapped'; readonly envelope: Envelope; readonly report: ErrorReport }
  /** An original with the error in its message headers, or one that the broker dead-lettered. */
  | {
      readonly kind: 'unwrapped' | 'dead_lettered';
      /** Undefined when the original is not an envelope. */
      readonly envelope: Envelope | undefined;
      readonly failure: Failure;
    }
  /** A message without an error. */
  | { readonly kind: 'without_error'; readonly envelope: Envelope | undefined };

export interface FormOptions extends Pick<ReadOptions, 'maxNesting'> {
  readonly happyEnd: string;
  readonly errorEnd: string;
}

/** Reads the form of any message. Never throws. */
export function readFailedForm(message: FailedDelivery, options: FormOptions): FailedForm {
  const failure = readFailure(message, options.errorEnd);
  if (failure !== undefined) {
    const hasCode = typeof message.headers[TRANSPORT_HEADER.errorCode] === 'string';
    const envelope = readUnwrapped(message.body, failure, options);
    return { kind: hasCode ? 'unwrapped' : 'dead_lettered', envelope, failure };
  }
  const envelope = tryReadEnvelope(message.body, { ...options, isEnd: true });
  const report = envelope && readErrorReport(envelope);
  return envelope === undefined || report === undefined
    ? { kind: 'without_error', envelope }
    : { kind: 'wrapped', envelope, report };
}

/** The original in an error envelope: the payload of an envelope, or a whole message. */
export type WrappedOriginal = { readonly payload: Buffer } | { readonly message: Message };

/**
 * Returns the original. Undefined when the error envelope does not contain it: earlier versions
 * kept only the start of large messages, under another name.
 */
export function originalIn({ payload }: ErrorReport): WrappedOriginal | undefined {
  const range = payload.members.get('original_payload');
  if (range !== undefined) return { payload: payload.bytes.subarray(range.start, range.end) };
  const text = textAt(payload, 'original_body');
  if (text === undefined) return undefined;
  const encoding = textAt(payload, 'original_encoding') === 'base64' ? 'base64' : 'utf8';
  const properties = decodeProperties(decodeMember(payload, 'original_properties'));
  return { message: { body: Buffer.from(text, encoding), ...properties } };
}

/** Returns undefined when the bytes are not an envelope. */
export function tryReadEnvelope(bytes: Buffer, options: ReadOptions): Envelope | undefined {
  try {
    return readEnvelope(bytes, options);
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/** An envelope for happy-end may be past the end of its route; only an end accepts it then. */
function readUnwrapped(
  body: Buffer,
  { fault, actor }: Failure,
  options: FormOptions,
): Envelope | undefined {
  const mayBeForHappyEnd =
    actor === options.happyEnd || fault.code === 'unroutable' || fault.code === 'publish_refused';
  return (
    tryReadEnvelope(body, options) ??
    (mayBeForHappyEnd ? tryReadEnvelope(body, { ...options, isEnd: true }) : undefined)
  );
}
