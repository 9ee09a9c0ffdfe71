import {
  createCursor,
  cursorAt,
  expectEnd,
  firstKeyAt,
  isAtEnd,
  kindAt,
  readArray,
  readRawObject,
  skipValue,
  type Cursor,
  type RawObject,
} from '../../envelope/json/json.ts';
import type { Item, Reply, Unanswered } from '../runtime.ts';
import { ERROR_KEYS, readErrorObject } from './errorObject.ts';
import { answered, bytesOf, readJsonReply, rejectDuplicates } from './jsonReply.ts';

/**
 * Reads a reply of the protocols `payload` and `http`: a payload, an array of payloads, an empty
 * reply (`null`, `[]` or no bytes), or an error object. The payloads are slices of `bytes`.
 * @param maxNesting the deepest nesting of objects and arrays in a payload
 */
export function readPayloadReply(bytes: Buffer, maxNesting: number): Reply {
  return readJsonReply(bytes, () => {
    const start = createCursor(bytes, maxNesting);
    // The array around the payloads adds one level.
    const cursor = kindAt(start) === 'array' ? { ...start, maxNesting: maxNesting + 1 } : start;
    if (isAtEnd(cursor)) return answered(bytes, []);
    const value = readValue(cursor);
    expectEnd(cursor);
    return 'kind' in value ? value : answered(bytes, value);
  });
}

/** Reads the value at the cursor: the items of a reply, or the failure of an error object. */
export function readValue(cursor: Cursor): readonly Item[] | Unanswered {
  const { bytes } = cursor;
  switch (kindAt(cursor)) {
    case 'array': {
      const items: Item[] = [];
      readArray(cursor, () => items.push({ payload: bytesOf(bytes, skipValue(cursor)) }));
      return items;
    }
    case 'null':
      skipValue(cursor);
      return [];
    case 'object':
      return mayBeError(cursor) ? readObject(cursor) : readPayload(cursor);
    default:
      return readPayload(cursor);
  }
}

function readPayload(cursor: Cursor): readonly Item[] {
  return [{ payload: bytesOf(cursor.bytes, skipValue(cursor)) }];
}

/** Checks the first key only, so that most payloads are skipped without reading their keys. */
function mayBeError(cursor: Cursor): boolean {
  return ERROR_KEYS.has(firstKeyAt(cursor) ?? '');
}

function readObject(cursor: Cursor): readonly Item[] | Unanswered {
  const object = readRawObject(cursor);
  if (!isErrorObject(object)) return [{ payload: bytesOf(cursor.bytes, object.range) }];
  rejectDuplicates(object, ERROR_KEYS, '');
  return readErrorObject(object);
}

/** Whether all keys are those of an error object. A payload may have an `error` and other keys. */
function isErrorObject(object: RawObject): boolean {
  if (!isString(object, 'error') || !isString(object, 'message')) return false;
  return [...object.members.keys()].every((key) => ERROR_KEYS.has(key));
}

function isString({ bytes, members }: RawObject, key: string): boolean {
  const range = members.get(key);
  return range !== undefined && kindAt(cursorAt(bytes, range)) === 'string';
}
