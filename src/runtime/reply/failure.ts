import type { Fault } from '../../faults.ts';
import {
  cursorAt,
  decodeJson,
  kindAt,
  readRawObject,
  type RawObject,
} from '../../envelope/json/json.ts';
import { truncateToBytes, toWellFormedJson } from '../../unicode.ts';
import type { LateEnd, Reply } from '../runtime.ts';

/** What a runtime may tell of an error, beside its code and message. */
export const ERROR_KEYS: ReadonlySet<string> = new Set([
  'error',
  'message',
  'type',
  'mro',
  'details',
  'traceback',
  'retryable',
  'retry_after_ms',
]);

/**
 * Reads an error as a runtime told it:
 *
 *   { "error": "bad_input", "message": "not a number", "type": "ValueError", "mro": ["Exception"],
 *     "traceback": "…", "retryable": true, "retry_after_ms": 1500, "details": { … } }
 *
 * What is not in the object itself is looked for in its `details`, and what else is there is kept.
 * A field of the wrong kind counts as absent: an error must not get lost over it.
 */
export function readFailure(error: RawObject): Reply {
  const details = readDetails(error);
  const field = (name: string): unknown => readField(error, name) ?? readField(details, name);
  const fault: Fault = {
    code: 'runtime_error',
    runtimeCode: asText(field('error')) ?? 'error',
    message: asText(field('message')) ?? 'the runtime told no message',
    ...optional('type', asText(field('type'))),
    ...optional('mro', asTexts(field('mro'))),
    ...optional('traceback', asText(field('traceback'))),
    ...optional('runtimeDetails', otherDetails(error, details)),
  };
  const afterMs = field('retry_after_ms');
  if (typeof afterMs === 'number' && afterMs >= 0) return { kind: 'deferred', fault, afterMs };
  return { kind: 'failed', fault, retryable: field('retryable') === true };
}

/** The reply cannot be used. `message` says why. */
export function replyInvalid(message: string): Reply {
  return { kind: 'failed', fault: { code: 'reply_invalid', message }, retryable: false };
}

export function replyTooLarge(sizeBytes: number, maxBytes: number, hint = ''): Reply {
  const message = `the reply has ${sizeBytes} bytes, over the limit of ${maxBytes}${hint}`;
  return { kind: 'failed', fault: { code: 'reply_too_large', message }, retryable: false };
}

/** The runtime was lost during the call. */
export function crashed(message: string): Reply {
  return { kind: 'failed', fault: { code: 'runtime_crashed', message }, retryable: false };
}

/** The runtime takes longer than it may; `goesOn` when it is still at it. */
export function timedOut(timeoutMs: number, goesOn?: Promise<LateEnd>, hint = ''): Reply {
  const message = `the runtime did not reply within ${Math.round(timeoutMs)} ms${hint}`;
  return {
    kind: 'failed',
    fault: { code: 'runtime_timeout', message },
    retryable: false,
    ...optional('stillRunning', goesOn),
  };
}

/**
 * The envelope's deadline has passed before a reply; `goesOn` when the runtime still works on the
 * call.
 */
export function overdue(message: string, goesOn?: Promise<LateEnd>): Reply {
  return {
    kind: 'failed',
    fault: { code: 'deadline_exceeded', message },
    retryable: false,
    ...optional('stillRunning', goesOn),
  };
}

function readDetails({ bytes, members }: RawObject): RawObject | undefined {
  const span = members.get('details');
  if (span === undefined) return undefined;
  const cursor = cursorAt(bytes, span);
  return kindAt(cursor) === 'object' ? readRawObject(cursor) : undefined;
}

/** The text of the details, when they tell more than what is read of them. */
function otherDetails(
  { bytes, members }: RawObject,
  details: RawObject | undefined,
): string | undefined {
  const span = members.get('details');
  if (span === undefined || kindAt(cursorAt(bytes, span)) === 'null') return undefined;
  if (details !== undefined && [...details.members.keys()].every((key) => ERROR_KEYS.has(key)))
    return undefined;
  return toWellFormedJson(bytes.toString('utf8', span.start, span.end));
}

function readField(object: RawObject | undefined, name: string): unknown {
  const span = object?.members.get(name);
  return object === undefined || span === undefined ? undefined : decodeJson(object.bytes, span);
}

/**
 * What is taken over of one text, so that no log line, span or pattern has to deal with more. It
 * leaves room for the size that a cut notes, so that an error envelope, which takes 32 KiB, does
 * not cut the text again.
 */
const MAX_TEXT_BYTES = 32 * 1024 - 64;

const MAX_BASE_CLASSES = 64;

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? truncateToBytes(value, MAX_TEXT_BYTES) : undefined;
}

function asTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.filter((it) => typeof it === 'string').slice(0, MAX_BASE_CLASSES);
  return names.map((it) => truncateToBytes(it, MAX_TEXT_BYTES));
}

/** A property that is there or not, as optional properties want it. */
function optional<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
