import { isActorName } from '../../envelope/actorName.ts';
import { KNOWN_HEADER_NAMES } from '../../envelope/headers.ts';
import {
  createCursor,
  cursorAt,
  decodeMember,
  expectEnd,
  isAtEnd,
  kindAt,
  readArray,
  readRawObject,
  skipValue,
  type ByteRange,
  type Cursor,
  type RawObject,
} from '../../envelope/json/json.ts';
import type { Item, Reply, ReturnedRoute } from '../runtime.ts';
import { readErrorObject } from './errorObject.ts';
import { answered, bytesOf, readJsonReply, rejectDuplicates, ReplyError } from './jsonReply.ts';

/**
 * Reads a reply of the protocol `envelope`: an array of `{payload, route, headers?}`, an empty
 * reply (`null`, `[]` or no bytes), or `[{error, details}]`.
 * @param maxNesting the deepest nesting of objects and arrays in a payload
 */
export function readEnvelopeReply(bytes: Buffer, maxNesting: number): Reply {
  return readJsonReply(bytes, () => {
    // The array and the envelope around a payload add two levels.
    const cursor = createCursor(bytes, maxNesting + 2);
    if (isAtEnd(cursor)) return answered(bytes, []);
    const envelopes = readEnvelopes(cursor);
    expectEnd(cursor);
    const [first] = envelopes;
    // The handler of an end in Asya's Python runtime replies `[{}]`.
    if (envelopes.length === 1 && first?.members.size === 0) return answered(bytes, []);
    const error = envelopes.find(isError);
    return error === undefined ? answered(bytes, envelopes.map(readItem)) : readErrorObject(error);
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

/**
 * Reads the object at the cursor.
 * @param name of the object in error messages
 * @param keys that must not occur twice
 * @throws {ReplyError}
 */
function readMembers(cursor: Cursor, name: string, keys: ReadonlySet<string>): RawObject {
  if (kindAt(cursor) !== 'object') throw new ReplyError(`${name} must be an object`);
  const object = readRawObject(cursor);
  rejectDuplicates(object, keys, `${name}.`);
  return object;
}

function isError({ bytes, members }: RawObject): boolean {
  const error = members.get('error');
  if (error === undefined || members.has('payload')) return false;
  return kindAt(cursorAt(bytes, error)) === 'string';
}

function readItem(envelope: RawObject, index: number): Item {
  const { bytes, members } = envelope;
  const payload = members.get('payload');
  if (payload === undefined) throw new ReplyError(`[${index}].payload is required`);
  const route = members.get('route');
  if (route === undefined) throw new ReplyError(`[${index}].route is required`);
  const headers = members.get('headers');
  const hasHeaders = headers !== undefined && kindAt(cursorAt(bytes, headers)) !== 'null';
  return {
    payload: bytesOf(bytes, payload),
    route: readRoute(bytes, route, `[${index}].route`),
    ...(hasHeaders
      ? { headers: readMembers(cursorAt(bytes, headers), `[${index}].headers`, KNOWN_HEADER_NAMES) }
      : {}),
  };
}

function readRoute(bytes: Buffer, range: ByteRange, name: string): ReturnedRoute {
  const route = readMembers(cursorAt(bytes, range), name, ROUTE_KEYS);
  const actors = decodeMember(route, 'actors');
  if (!Array.isArray(actors) || actors.length === 0) {
    throw new ReplyError(`${name}.actors must be a non-empty array`);
  }
  if (!actors.every(isActorName)) throw new ReplyError(`${name}.actors must be names of actors`);
  const current = decodeMember(route, 'current');
  if (typeof current !== 'number' || !Number.isSafeInteger(current)) {
    throw new ReplyError(`${name}.current must be an integer`);
  }
  const metadata = decodeMember(route, 'metadata') ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new ReplyError(`${name}.metadata must be an object`);
  }
  return { bytes: bytesOf(bytes, range), actors, current };
}
