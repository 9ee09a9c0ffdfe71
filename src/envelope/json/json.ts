import { isUtf8 } from 'node:buffer';
import { keyAt } from './keyCache.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfColon,
  endOfKey,
  endOfScalar,
  endOfSpace,
  endOfString,
  JsonError,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  unexpected,
  ZERO,
} from './tokens.ts';

export { JsonError } from './tokens.ts';

/**
 * One validating pass over the bytes of a JSON text (RFC 8259), that finds where its values stand.
 *
 * A caller walks the containers that it wants to know (`readObject`, `readArray`, `readRawObject`)
 * and skips every other value (`skipValue`); nothing is decoded but the keys and the strings asked
 * for, and nesting costs no call stack. What passes is exactly what `JSON.parse` takes, up to the
 * nesting limit.
 */

/** Where a value stands: from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A place in a JSON text. `at` moves forward only. */
export interface Cursor {
  readonly bytes: Buffer;
  readonly maxNesting: number;
  at: number;
  depth: number;
}

/** An object as bytes, and where the values of its members stand. */
export interface RawObject {
  readonly bytes: Buffer;
  readonly range: ByteRange;
  /** By decoded key; of a key that occurs twice the last value, as `JSON.parse` has it. */
  readonly members: ReadonlyMap<string, ByteRange>;
  /** The keys that have occurred before, each time that they do. */
  readonly duplicates: readonly string[];
}

/**
 * Starts at the first value of a text.
 * @param maxNesting the most objects and arrays inside each other
 * @throws {JsonError} when the bytes are not UTF-8
 */
export function createCursor(bytes: Buffer, maxNesting: number): Cursor {
  if (!isUtf8(bytes)) throw new JsonError('syntax', 'the text is not UTF-8');
  return { bytes, maxNesting, at: endOfSpace(bytes, 0), depth: 0 };
}

/** Ends a text: nothing but white space may follow. */
export function expectEnd(cursor: Cursor): void {
  cursor.at = endOfSpace(cursor.bytes, cursor.at);
  if (cursor.at < cursor.bytes.length)
    throw unexpected(cursor.bytes, cursor.at, 'the end of the text');
}

/** Starts at a value inside a text that has been read to its end before. */
export function cursorAt(bytes: Buffer, span: ByteRange): Cursor {
  return { bytes, maxNesting: Number.POSITIVE_INFINITY, at: span.start, depth: 0 };
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** What kind of value stands at the cursor, by its first byte. */
export function kindAt(cursor: Cursor): JsonKind {
  switch (cursor.bytes[cursor.at]) {
    case OPEN_OBJECT:
      return 'object';
    case OPEN_ARRAY:
      return 'array';
    case QUOTE:
      return 'string';
    case LOWER_T:
    case LOWER_F:
      return 'boolean';
    case LOWER_N:
      return 'null';
    default:
      return 'number';
  }
}

/**
 * Walks the object at the cursor. For each member, `onMember` is called with its decoded key and
 * must move the cursor over its value.
 */
export function readObject(cursor: Cursor, onMember: (key: string) => void): ByteRange {
  const { bytes } = cursor;
  const start = open(cursor, OPEN_OBJECT, 'an object');
  if (bytes[cursor.at] !== CLOSE_OBJECT) {
    do {
      const key = readKey(cursor);
      cursor.at = endOfColon(bytes, cursor.at);
      onMember(key);
    } while (hasNext(cursor, CLOSE_OBJECT));
  }
  return close(cursor, start);
}

/** Walks the array at the cursor. `onElement` must move the cursor over each element. */
export function readArray(cursor: Cursor, onElement: () => void): ByteRange {
  const start = open(cursor, OPEN_ARRAY, 'an array');
  if (cursor.bytes[cursor.at] !== CLOSE_ARRAY) {
    do onElement();
    while (hasNext(cursor, CLOSE_ARRAY));
  }
  return close(cursor, start);
}

/**
 * Finds the members of the object at the cursor.
 * @param readMember moves the cursor over the value of a key; skips it when absent
 */
export function readRawObject(
  cursor: Cursor,
  readMember: (key: string) => ByteRange = () => skipValue(cursor),
): RawObject {
  const members = new Map<string, ByteRange>();
  let duplicates: string[] | undefined;
  const span = readObject(cursor, (key) => {
    const { size } = members;
    members.set(key, readMember(key));
    if (members.size === size) (duplicates ??= []).push(key);
  });
  return { bytes: cursor.bytes, range: span, members, duplicates: duplicates ?? NONE };
}

const NONE: readonly string[] = [];

/** Moves over the key at the cursor and decodes it. */
export function readKey(cursor: Cursor): string {
  const { bytes, at: start } = cursor;
  if (bytes[start] !== QUOTE) throw unexpected(bytes, start, 'a string');
  cursor.at = endOfString(bytes, start + 1);
  return keyAt(bytes, start + 1, cursor.at - 1, () => decodeString(bytes, start, cursor.at));
}

/** Moves over the value at the cursor, whatever it is. */
export function skipValue(cursor: Cursor): ByteRange {
  const { bytes, at: start } = cursor;
  cursor.at = opens(bytes[start]) ? endOfContainer(cursor) : endOfSimple(bytes, start);
  return { start, end: cursor.at };
}

function endOfContainer({ bytes, at: start, maxNesting, depth }: Cursor): number {
  const closers: number[] = [];
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (opens(byte)) {
      if (closers.length >= maxNesting - depth) throw tooDeep(maxNesting);
      const closer = byte + 2;
      closers.push(closer);
      at = endOfSpace(bytes, at + 1);
      if (bytes[at] !== closer) {
        if (closer === CLOSE_OBJECT) at = endOfKey(bytes, at);
        continue;
      }
    } else {
      at = endOfSimple(bytes, at);
    }
    at = endOfClosers(bytes, at, closers);
    const closer = closers.at(-1);
    if (closer === undefined) return at;
    if (bytes[at] !== COMMA) throw noNext(bytes, at, closer);
    at = endOfSpace(bytes, at + 1);
    if (closer === CLOSE_OBJECT) at = endOfKey(bytes, at);
  }
}

function opens(byte: number | undefined): byte is number {
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY;
}

function endOfSimple(bytes: Buffer, at: number): number {
  return bytes[at] === QUOTE ? endOfString(bytes, at + 1) : endOfScalar(bytes, at);
}

/** Decodes the value at a span of a text that has been read to its end before. */
export function decodeJson(bytes: Buffer, { start, end }: ByteRange): unknown {
  if (bytes[start] === QUOTE) return decodeString(bytes, start, end);
  return decodeCount(bytes, start, end) ?? JSON.parse(bytes.toString('utf8', start, end));
}

/**
 * Most numbers that a hop reads count something, and need no text; undefined for all other values.
 */
function decodeCount(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start > MAX_COUNT_DIGITS) return undefined;
  let count = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    count = count * 10 + digit;
  }
  return count;
}

const MAX_COUNT_DIGITS = 9;

function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function open(cursor: Cursor, opener: number, what: string): number {
  const { bytes, at: start } = cursor;
  if (bytes[start] !== opener) throw unexpected(bytes, start, what);
  if (++cursor.depth > cursor.maxNesting) throw tooDeep(cursor.maxNesting);
  cursor.at = endOfSpace(bytes, start + 1);
  return start;
}

function hasNext(cursor: Cursor, closer: number): boolean {
  const { bytes } = cursor;
  const at = endOfSpace(bytes, cursor.at);
  const isNext = bytes[at] === COMMA;
  if (!isNext && bytes[at] !== closer) throw noNext(bytes, at, closer);
  cursor.at = isNext ? endOfSpace(bytes, at + 1) : at;
  return isNext;
}

function close(cursor: Cursor, start: number): ByteRange {
  cursor.depth--;
  cursor.at++;
  return { start, end: cursor.at };
}

/** Closes the containers that end here; stops before what follows in one that does not. */
function endOfClosers(bytes: Buffer, from: number, closers: number[]): number {
  let at = from;
  while (closers.length > 0) {
    at = endOfSpace(bytes, at);
    if (bytes[at] !== closers.at(-1)) break;
    closers.pop();
    at++;
  }
  return at;
}

function noNext(bytes: Buffer, at: number, closer: number): JsonError {
  return unexpected(bytes, at, `"," or "${String.fromCharCode(closer)}"`);
}

function tooDeep(maxNesting: number): JsonError {
  return new JsonError('nesting', `nested deeper than ${maxNesting} levels`);
}
