import { payloadOf, type Envelope } from '../../envelope/envelope.ts';
import { parseDate } from '../../envelope/headers.ts';
import { decodeMember, type ByteRange } from '../../envelope/json/json.ts';
import { FAULT_CODES, faultText, type Failure } from '../../faults.ts';
import { textAt, type ErrorReport } from '../../hop/failure/errorReport.ts';
import { wrapBytes } from '../../hop/readHop.ts';
import { TRANSPORT_HEADER } from '../../transport/message.ts';
import {
  originalIn,
  readFailedForm,
  type FailedDelivery,
  type FailedForm,
  type FormOptions,
} from './failedForm.ts';
import { DEAD_LETTERED, parkingReasonOf, type ParkingReason } from './parkingReason.ts';
import type { ProducedMessage } from './producerProperties.ts';

/** A message in error-end's queue or parked queue, in one form, wherever its error is stored. */
export interface FailedMessage {
  /** The envelope's id. For a message that is not an envelope, a hash of its bytes. */
  readonly id: string;
  /** The id of the journey's first envelope; `id` when the message does not contain it. */
  readonly journey: string;
  /** The actor at which the envelope failed. */
  readonly actor: string | undefined;
  /** The fault code, or `dead_lettered`; undefined for a message without an error. */
  readonly code: string | undefined;
  /** The error as one text, beginning with the exception's class if it is known. */
  readonly text: string;
  readonly type: string | undefined;
  readonly attempt: number | undefined;
  /** In milliseconds since the epoch; undefined if the message does not contain it. */
  readonly failedAtMs: number | undefined;
  /** The time of the publish to this queue, in milliseconds since the epoch. */
  readonly publishedAtMs: number | undefined;
  /** Undefined when the original is not an envelope. */
  readonly route: FailedRoute | undefined;
  /** The original's headers as JSON; undefined when it has none. */
  readonly headers: Buffer | undefined;
  readonly original: FailedOriginal;
  /** The message of the original; undefined when an error envelope contains only its payload. */
  readonly produced: ProducedMessage | undefined;
  /** Why error-end has parked the message. */
  readonly parked: ParkingReason | undefined;
  /** The contents of an error envelope, for `readTrace`. */
  readonly report: ErrorReport | undefined;
}

/** The route, in which `current` may be outside of `actors`. */
export interface FailedRoute {
  readonly actors: readonly string[];
  readonly current: number;
  readonly json: Buffer;
}

/** The failed payload as JSON, the bytes of a message that is not an envelope, or neither. */
export type FailedOriginal =
  | { readonly payload: Buffer }
  | { readonly body: Buffer }
  | { readonly missing: string };

/** All codes of failed messages. */
export const ERROR_CODES: readonly string[] = [...FAULT_CODES, DEAD_LETTERED];

/** Reads any message. Never throws: a message without an error has no code. */
export function readFailedMessage(message: FailedDelivery, options: FormOptions): FailedMessage {
  const form = readFailedForm(message, options);
  const { envelope } = form;
  const { original, produced } = originalOf(form, message);
  // A sidecar wraps a message that is not an envelope in an envelope of its own.
  const isEnvelope = envelope !== undefined && !('body' in original);
  const id = envelope?.id ?? wrapBytes(message.body, options.errorEnd).id;
  return {
    id,
    journey: envelope?.headers.journeyId ?? id,
    ...errorOf(form, message),
    publishedAtMs: timeOf(message.headers[TRANSPORT_HEADER.publishedAt]),
    route: isEnvelope ? routeOf(envelope) : undefined,
    headers: isEnvelope ? sliceOf(envelope.bytes, envelope.layout.headers?.range) : undefined,
    original,
    produced,
    parked: parkingReasonOf(message, envelope, options.errorEnd),
    report: form.kind === 'wrapped' ? form.report : undefined,
  };
}

/** The time for sorting and for the filters; undefined if the message contains none. */
export function timeOfFailure({ failedAtMs, publishedAtMs }: FailedMessage): number | undefined {
  return failedAtMs ?? publishedAtMs;
}

/** Where the runtime's code failed, as far as the error envelope contains it. */
export interface Trace {
  readonly traceback: string | undefined;
  /** The names of the exception's base classes, nearest first. */
  readonly mro: readonly string[];
  /** The other details of the error, or the raw body of an error status, as JSON. */
  readonly details: Buffer | undefined;
}

export function readTrace({ report }: FailedMessage): Trace {
  const mro = decodeMember(report?.details, 'mro');
  const range = report?.details.members.get('runtime_details');
  return {
    traceback: report && textAt(report.details, 'traceback'),
    details: range && report?.details.bytes.subarray(range.start, range.end),
    mro: Array.isArray(mro) ? mro.filter((name) => typeof name === 'string') : [],
  };
}

type ErrorFields = Pick<
  FailedMessage,
  'actor' | 'code' | 'text' | 'type' | 'attempt' | 'failedAtMs'
>;

const NO_ERROR = {
  actor: undefined,
  code: undefined,
  type: undefined,
  attempt: undefined,
  failedAtMs: undefined,
} as const;

function errorOf(form: FailedForm, { deadLetter }: FailedDelivery): ErrorFields {
  switch (form.kind) {
    case 'wrapped':
      return fieldsOf(form.report.failure, textOf(form.report));
    case 'unwrapped':
      return fieldsOf(form.failure, faultText(form.failure.fault));
    case 'dead_lettered':
      return { ...fieldsOf(form.failure, deadLetter?.reason ?? ''), code: DEAD_LETTERED };
    case 'without_error':
      return {
        ...NO_ERROR,
        text: form.envelope === undefined ? 'not an envelope' : 'an envelope without an error',
      };
  }
}

function fieldsOf(
  { fault, actor, attempt, failedAt }: ErrorReport['failure'] | Failure,
  text: string,
): ErrorFields {
  const { code, type } = fault;
  const failedAtMs = failedAt === undefined ? undefined : parseDate(failedAt);
  return { actor, code, text, type, attempt, failedAtMs };
}

/** Without the exception's class, `error` is used, which begins with a code of the runtime. */
function textOf({ payload, failure }: ErrorReport): string {
  const { code, message, type } = failure.fault;
  if (type !== undefined) return faultText({ type, message });
  const error = textAt(payload, 'error') ?? message;
  return error.startsWith(`${code}: `) ? error.slice(code.length + 2) : error;
}

function originalOf(
  form: FailedForm,
  message: FailedDelivery,
): Pick<FailedMessage, 'original' | 'produced'> {
  const { envelope } = form;
  if (form.kind !== 'wrapped') {
    const { body } = message;
    const original = envelope === undefined ? { body } : { payload: payloadOf(envelope) };
    return { original, produced: message };
  }
  const original = originalIn(form.report) ?? { missing: 'the error envelope does not contain it' };
  return 'message' in original
    ? { original: { body: original.message.body }, produced: original.message }
    : { original, produced: undefined };
}

function routeOf({ actors, current, layout, bytes }: Envelope): FailedRoute | undefined {
  const json = sliceOf(bytes, layout.route?.range);
  return json && { actors, current, json };
}

function sliceOf(bytes: Buffer, range: ByteRange | undefined): Buffer | undefined {
  return range && bytes.subarray(range.start, range.end);
}

/** The end of the year 9999, after which RFC 3339 has no times. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31);

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < MAX_TIME_MS ? value : undefined;
}
