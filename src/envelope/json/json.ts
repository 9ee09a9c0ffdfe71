import { isUtf8 } from 'node:buffer';
import { JsonError, tooDeep, unexpected } from './jsonError.ts';
import type { KnownKeys } from './knownKeys.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfColon,
  endOfSpace,
  endOfString,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './tokens.ts';
import { endOfValue, missingSeparator } from './valueScan.ts';

/**
 * A scanner of JSON texts (RFC 8259). It validates the bytes in one pass and returns the ranges of
 * the values.
 *
 * The caller walks the containers that it needs (`readArray`, `readRawObject`) and skips all other
 * values (`skipValue`). The scanner decodes only keys and the values passed to `decodeMember`. Up
 * to the nesting limit, it accepts exactly the texts that `JSON.parse` accepts.
 */

/** The bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A position in a JSON text. `at` only moves forward. */
export interface Cursor {
  readonly bytes: Buffer;
  readonly maxNesting: number;
  readonly knownKeys: KnownKeys | undefined;
  at: number;
  /** The number of containers around the position. */
  depth: number;
}

/** An object that is still encoded, with the ranges of its members' values. */
export interface RawObject {
  readonly bytes: Buffer;
  readonly range: ByteRange;
  /** Values by decoded key. Of a repeated key it has the last value, as `JSON.parse` does. */
  readonly members: ReadonlyMap<string, ByteRange>;
  /** The repeated keys, once for each repetition. */
  readonly duplicates: readonly string[];
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/**
 * Creates a cursor at the first value of a text.
 * @param maxNesting the greatest allowed depth of nested objects and arrays
 * @param knownKeys keys that need no decoding
 * @throws {JsonError} if the bytes are not UTF-8
 */
export function createCursor(bytes: Buffer, maxNesting: number, knownKeys?: KnownKeys): Cursor {
  if (!isUtf8(bytes)) throw new JsonError('syntax', 'the text is not UTF-8');
  return { bytes, maxNesting, knownKeys, at: endOfSpace(bytes, 0), depth: 0 };
}

/** Creates a cursor at a value inside a text that was validated before. */
export function cursorAt(bytes: Buffer, { start }: ByteRange): Cursor {
  const maxNesting = Number.POSITIVE_INFINITY;
  return { bytes, maxNesting, knownKeys: undefined, at: start, depth: 0 };
}

/** Skips white space and reports whether the text ends there. */
export function isAtEnd(cursor: Cursor): boolean {
  cursor.at = endOfSpace(cursor.bytes, cursor.at);
  return cursor.at === cursor.bytes.length;
}

/** @throws {JsonError} unless only white space follows the cursor */
export function expectEnd(cursor: Cursor): void {
  if (!isAtEnd(cursor)) throw unexpected(cursor.bytes, cursor.at, 'the end of the text');
}

/** Returns the kind of the value at the cursor, judged by its first byte. */
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
 * Returns the first key of the object at the cursor, or undefined if the object is empty. Does not
 * move the cursor.
 */
export function firstKeyAt({ bytes, at }: Cursor): string | undefined {
  const start = endOfSpace(bytes, at + 1);
  if (bytes[start] !== QUOTE) return undefined;
  return decodeString(bytes, start, endOfString(bytes, start + 1));
}

/** Walks the array at the cursor. `onElement` must move the cursor past the element. */
export function readArray(cursor: Cursor, onElement: () => void): ByteRange {
  const start = enter(cursor, OPEN_ARRAY, 'an array');
  if (cursor.bytes[cursor.at] !== CLOSE_ARRAY) {
    do onElement();
    while (hasNext(cursor, CLOSE_ARRAY));
  }
  return leave(cursor, start);
}

/**
 * Walks the object at the cursor.
 * @param readMember moves the cursor past a member's value and returns the value's range; skips the
 * value by default
 */
export function readRawObject(
  cursor: Cursor,
  readMember: (key: string) => ByteRange = () => skipValue(cursor),
): RawObject {
  const { bytes } = cursor;
  const members = new Map<string, ByteRange>();
  let duplicates: string[] | undefined;
  const start = enter(cursor, OPEN_OBJECT, 'an object');
  if (bytes[cursor.at] !== CLOSE_OBJECT) {
    do {
      const key = readKey(cursor);
      const { size } = members;
      members.set(key, readMember(key));
      if (members.size === size) (duplicates ??= []).push(key);
    } while (hasNext(cursor, CLOSE_OBJECT));
  }
  return { bytes, range: leave(cursor, start), members, duplicates: duplicates ?? NO_DUPLICATES };
}

const NO_DUPLICATES: readonly string[] = [];

/** Validates the value at the cursor and moves past it. */
export function skipValue(cursor: Cursor): ByteRange {
  const { bytes, at: start } = cursor;
  cursor.at = endOfValue(bytes, start, cursor);
  return { start, end: cursor.at };
}

/** Decodes the value of a member. Returns undefined if the object or the member is absent. */
export function decodeMember(object: RawObject | undefined, key: string): unknown {
  const range = object?.members.get(key);
  return object === undefined || range === undefined ? undefined : decode(object.bytes, range);
}

function decode(bytes: Buffer, { start, end }: ByteRange): unknown {
  if (bytes[start] === QUOTE) return decodeString(bytes, start, end);
  return JSON.parse(bytes.toString('utf8', start, end));
}

function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function readKey(cursor: Cursor): string {
  const { bytes, at: start, knownKeys } = cursor;
  if (bytes[start] !== QUOTE) throw unexpected(bytes, start, 'a string');
  const end = endOfString(bytes, start + 1);
  cursor.at = endOfColon(bytes, end);
  return knownKeys?.find(bytes, start + 1, end - 1) ?? decodeString(bytes, start, end);
}

function enter(cursor: Cursor, opener: number, expected: string): number {
  const { bytes, at: start } = cursor;
  if (bytes[start] !== opener) throw unexpected(bytes, start, expected);
  if (++cursor.depth > cursor.maxNesting) throw tooDeep(cursor.maxNesting);
  cursor.at = endOfSpace(bytes, start + 1);
  return start;
}

function leave(cursor: Cursor, start: number): ByteRange {
  cursor.depth--;
  cursor.at++;
  return { start, end: cursor.at };
}

function hasNext(cursor: Cursor, closer: number): boolean {
  const { bytes } = cursor;
  const at = endOfSpace(bytes, cursor.at);
  const isNext = bytes[at] === COMMA;
  if (!isNext && bytes[at] !== closer) throw missingSeparator(bytes, at, closer);
  cursor.at = isNext ? endOfSpace(bytes, at + 1) : at;
  return isNext;
}
