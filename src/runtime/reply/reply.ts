import { isActorName } from '../../envelope/actorName.ts';
import { KNOWN_HEADER_NAMES } from '../../envelope/headers.ts';
import {
  expectEnd,
  cursorAt,
  decodeJson,
  JsonError,
  kindAt,
  createCursor,
  readArray,
  readRawObject,
  readKey,
  skipValue,
  type Cursor,
  type RawObject,
  type ByteRange,
} from '../../envelope/json/json.ts';
import { endOfSpace, OPEN_ARRAY, QUOTE } from '../../envelope/json/tokens.ts';
import { ERROR_KEYS, readFailure, replyInvalid } from './failure.ts';
import type { Item, Reply, ReturnedRoute } from '../runtime.ts';

/**
 * Reads a reply of the protocols `payload` and `http`: a payload, an array of payloads, nothing
 * (`null`, `[]` or no bytes), or an error object. The payloads are parts of `bytes`, not copies.
 * @param maxNesting the most objects and arrays inside each other in a payload
 */
export function readPayloadReply(bytes: Buffer, maxNesting: number): Reply {
  return read(bytes, () => {
    // An array of payloads is a level of its own.
    const cursor = createCursor(bytes, startsArray(bytes) ? maxNesting + 1 : maxNesting);
    if (cursor.at === bytes.length) return answered(bytes, []);
    const reply = readPayloads(cursor);
    expectEnd(cursor);
    return reply;
  });
}

/**
 * Reads a reply of the protocol `envelope`: an array of `{payload, route, headers?}`, nothing, or
 * `[{error, details}]`.
 * @param maxNesting the most objects and arrays inside each other in a payload
 */
export function readEnvelopeReply(bytes: Buffer, maxNesting: number): Reply {
  return read(bytes, () => {
    // The array and each envelope in it are levels of their own.
    const cursor = createCursor(bytes, maxNesting + 2);
    if (cursor.at === bytes.length) return answered(bytes, []);
    const envelopes = readEnvelopes(cursor);
    expectEnd(cursor);
    const [first] = envelopes;
    // What an end's handler of Asya's Python runtime answers: nothing to send.
    if (envelopes.length === 1 && first?.members.size === 0) return answered(bytes, []);
    const error = envelopes.find(isReturnedError);
    return error === undefined ? answered(bytes, envelopes.map(readReturned)) : readFailure(error);
  });
}

const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  'payload',
  'route',
  'headers',
  'error',
  'details',
]);
const ROUTE_KEYS: ReadonlySet<string> = new Set(['actors', 'current', 'metadata']);

/** The reply breaks a rule, which `message` tells. */
class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

function read(bytes: Buffer, reading: () => Reply): Reply {
  try {
    return reading();
  } catch (error) {
    if (error instanceof ReplyError) return replyInvalid(error.message);
    if (!(error instanceof JsonError)) throw error;
    return replyInvalid(
      error.reason === 'nesting' ? 'the reply is nested too deeply' : notJson(error, bytes),
    );
  }
}

function notJson(error: JsonError, bytes: Buffer): string {
  return `the reply of ${bytes.length} bytes is not JSON: ${error.message}`;
}

function answered(bytes: Buffer, items: readonly Item[]): Reply {
  return { kind: 'answered', items, sizeBytes: bytes.length };
}

function startsArray(bytes: Buffer): boolean {
  return bytes[endOfSpace(bytes, 0)] === OPEN_ARRAY;
}

function readPayloads(cursor: Cursor): Reply {
  const { bytes } = cursor;
  switch (kindAt(cursor)) {
    case 'array': {
      const items: Item[] = [];
      readArray(cursor, () => items.push({ payload: cut(bytes, skipValue(cursor)) }));
      return answered(bytes, items);
    }
    case 'null':
      skipValue(cursor);
      return answered(bytes, []);
    case 'object':
      return mayBeError(cursor) ? readObjectReply(cursor) : readOne(cursor);
    default:
      return readOne(cursor);
  }
}

function readOne(cursor: Cursor): Reply {
  return answered(cursor.bytes, [{ payload: cut(cursor.bytes, skipValue(cursor)) }]);
}

/** What begins with any other key is a payload for sure, and need not be walked key by key. */
function mayBeError(cursor: Cursor): boolean {
  const at = endOfSpace(cursor.bytes, cursor.at + 1);
  return cursor.bytes[at] === QUOTE && ERROR_KEYS.has(readKey({ ...cursor, at }));
}

function readObjectReply(cursor: Cursor): Reply {
  const object = readRawObject(cursor);
  if (!isErrorObject(object))
    return answered(cursor.bytes, [{ payload: cut(cursor.bytes, object.range) }]);
  refuseDuplicates(object, ERROR_KEYS, '');
  return readFailure(object);
}

/** No keys but these: a payload that happens to have an `error` is still a payload. */
function isErrorObject(object: RawObject): boolean {
  if (!isString(object, 'error') || !isString(object, 'message')) return false;
  return [...object.members.keys()].every((key) => ERROR_KEYS.has(key));
}

function isReturnedError(object: RawObject): boolean {
  return isString(object, 'error') && !object.members.has('payload');
}

function isString({ bytes, members }: RawObject, key: string): boolean {
  const span = members.get(key);
  return span !== undefined && bytes[span.start] === QUOTE;
}

function readEnvelopes(cursor: Cursor): RawObject[] {
  const envelopes: RawObject[] = [];
  const kind = kindAt(cursor);
  if (kind === 'null') skipValue(cursor);
  else if (kind !== 'array') throw new ReplyError('the reply must be an array of {payload, route}');
  else
    readArray(cursor, () =>
      envelopes.push(readMembers(cursor, `[${envelopes.length}]`, ENVELOPE_KEYS)),
    );
  return envelopes;
}

/** The object at the cursor; `name` is what people call it. */
function readMembers(cursor: Cursor, name: string, keys: ReadonlySet<string>): RawObject {
  if (kindAt(cursor) !== 'object') throw new ReplyError(`${name} must be an object`);
  const object = readRawObject(cursor);
  refuseDuplicates(object, keys, `${name}.`);
  return object;
}

/** Two parsers must not see two replies: what is read must not occur twice. */
function refuseDuplicates(
  { duplicates }: RawObject,
  keys: ReadonlySet<string>,
  prefix: string,
): void {
  const duplicate = duplicates.find((key) => keys.has(key));
  if (duplicate !== undefined) throw new ReplyError(`${prefix}${duplicate} occurs twice`);
}

function readReturned(envelope: RawObject, index: number): Item {
  const { bytes, members } = envelope;
  const payload = members.get('payload');
  if (payload === undefined) throw new ReplyError(`[${index}].payload is required`);
  const route = members.get('route');
  if (route === undefined) throw new ReplyError(`[${index}].route is required`);
  const headers = members.get('headers');
  const hasHeaders = headers !== undefined && kindAt(cursorAt(bytes, headers)) !== 'null';
  return {
    payload: cut(bytes, payload),
    route: readRoute(bytes, route, `[${index}].route`),
    ...(hasHeaders
      ? { headers: readMembers(cursorAt(bytes, headers), `[${index}].headers`, KNOWN_HEADER_NAMES) }
      : {}),
  };
}

function readRoute(bytes: Buffer, span: ByteRange, name: string): ReturnedRoute {
  const { members } = readMembers(cursorAt(bytes, span), name, ROUTE_KEYS);
  const actors = decode(bytes, members.get('actors'));
  if (!Array.isArray(actors) || actors.length === 0) {
    throw new ReplyError(`${name}.actors must be a non-empty array`);
  }
  if (!actors.every(isActorName)) throw new ReplyError(`${name}.actors must be names of actors`);
  const current = decode(bytes, members.get('current'));
  if (typeof current !== 'number' || !Number.isSafeInteger(current)) {
    throw new ReplyError(`${name}.current must be an integer`);
  }
  const metadata = decode(bytes, members.get('metadata')) ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new ReplyError(`${name}.metadata must be an object`);
  }
  return { bytes: cut(bytes, span), actors, current };
}

function decode(bytes: Buffer, span: ByteRange | undefined): unknown {
  return span === undefined ? undefined : decodeJson(bytes, span);
}

function cut(bytes: Buffer, { start, end }: ByteRange): Buffer {
  return bytes.subarray(start, end);
}
