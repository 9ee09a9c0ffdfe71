import {
  cursorAt,
  decodeMember,
  kindAt,
  readRawObject,
  type RawObject,
} from '../../envelope/json/json.ts';
import type { Fault } from '../../faults.ts';
import { KIB } from '../../units.ts';
import { truncateToBytes, toWellFormedJson } from '../../unicode.ts';
import type { Unanswered } from '../runtime.ts';

/** The keys of an error object. An object with any other key is a payload. */
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
 * Reads an error object:
 *
 *   { "error": "bad_input", "message": "not a number", "type": "ValueError", "mro": ["Exception"],
 *     "traceback": "…", "retryable": true, "retry_after_ms": 1500, "details": { … } }
 *
 * A field that the object lacks is read from its `details`; all other details are kept. A field of
 * the wrong type counts as absent, so that one malformed field does not hide the error.
 */
export function readErrorObject(error: RawObject): Unanswered {
  const details = readDetails(error);
  const field = (name: string): unknown => decodeMember(error, name) ?? decodeMember(details, name);
  const fault: Fault = {
    code: 'runtime_error',
    runtimeCode: asText(field('error')) ?? 'error',
    message: asText(field('message')) ?? 'the runtime sent no error message',
    ...optional('type', asText(field('type'))),
    ...optional('mro', asTexts(field('mro'))),
    ...optional('traceback', asText(field('traceback'))),
    ...optional('runtimeDetails', otherDetails(error, details)),
  };
  const afterMs = field('retry_after_ms');
  if (typeof afterMs === 'number' && afterMs >= 0) return { kind: 'deferred', fault, afterMs };
  return { kind: 'failed', fault, retryable: field('retryable') === true };
}

function readDetails({ bytes, members }: RawObject): RawObject | undefined {
  const range = members.get('details');
  if (range === undefined) return undefined;
  const cursor = cursorAt(bytes, range);
  return kindAt(cursor) === 'object' ? readRawObject(cursor) : undefined;
}

/** The JSON text of `details`; undefined if all of it is read into other fields of the fault. */
function otherDetails(
  { bytes, members }: RawObject,
  details: RawObject | undefined,
): string | undefined {
  const range = members.get('details');
  if (range === undefined || kindAt(cursorAt(bytes, range)) === 'null') return undefined;
  if (details !== undefined && [...details.members.keys()].every((key) => ERROR_KEYS.has(key)))
    return undefined;
  return toWellFormedJson(bytes.toString('utf8', range.start, range.end));
}

/**
 * The limit of each text, so that no log line, span or pattern receives more. A cut text ends with
 * its original size; 64 bytes are reserved for it, because the error envelope cuts texts at 32 KiB
 * and must not cut this one again.
 */
const MAX_TEXT_BYTES = 32 * KIB - 64;

const MAX_BASE_CLASSES = 64;

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? truncateToBytes(value, MAX_TEXT_BYTES) : undefined;
}

function asTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.filter((it) => typeof it === 'string').slice(0, MAX_BASE_CLASSES);
  return names.map((it) => truncateToBytes(it, MAX_TEXT_BYTES));
}

/** An object with one property, or with none if the value is undefined. */
function optional<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
