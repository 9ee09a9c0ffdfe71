import { isUtf8 } from 'node:buffer';

/**
 * One validating pass over the bytes of a JSON text (RFC 8259), that finds where its values stand.
 *
 * A caller walks the containers that it wants to know (`readObject`, `readArray`) and skips every other value
 * (`skipValue`); each byte is looked at once, nothing is decoded but the keys and the strings asked for, and
 * nesting costs no call stack. What passes is exactly what `JSON.parse` takes, up to the nesting limit.
 */

/** Where a value stands: from `start` up to, but not including, `end`. */
export interface Span {
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

/** The text is not JSON, not UTF-8, or nested too deeply. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly reason: 'syntax' | 'nesting';
  constructor(reason: 'syntax' | 'nesting', message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Starts at the first value of a text.
 * @param maxNesting the most objects and arrays inside each other
 * @throws {JsonError} when the bytes are not UTF-8
 */
export function openJson(bytes: Buffer, maxNesting: number): Cursor {
  if (!isUtf8(bytes)) throw new JsonError('syntax', 'the text is not UTF-8');
  return { bytes, maxNesting, at: endOfSpace(bytes, 0), depth: 0 };
}

/** Ends a text: nothing but white space may follow. */
export function closeJson(cursor: Cursor): void {
  cursor.at = endOfSpace(cursor.bytes, cursor.at);
  if (cursor.at < cursor.bytes.length) throw unexpected(cursor.bytes, cursor.at, 'the end of the text');
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
 * Walks the object at the cursor. For each member, `onMember` is called with its decoded key and must move the
 * cursor over its value.
 */
export function readObject(cursor: Cursor, onMember: (key: string) => void): Span {
  const { bytes } = cursor;
  const start = open(cursor, OPEN_OBJECT, 'an object');
  if (bytes[cursor.at] !== CLOSE_OBJECT) {
    for (;;) {
      const key = readString(cursor);
      cursor.at = endOfColon(bytes, cursor.at);
      onMember(key);
      if (!hasNext(cursor, CLOSE_OBJECT)) break;
    }
  }
  return close(cursor, start);
}

/** Walks the array at the cursor. `onElement` must move the cursor over each element. */
export function readArray(cursor: Cursor, onElement: () => void): Span {
  const start = open(cursor, OPEN_ARRAY, 'an array');
  if (cursor.bytes[cursor.at] !== CLOSE_ARRAY) {
    do onElement();
    while (hasNext(cursor, CLOSE_ARRAY));
  }
  return close(cursor, start);
}

/** Moves over the string at the cursor and decodes it. */
export function readString(cursor: Cursor): string {
  const { bytes, at: start } = cursor;
  if (bytes[start] !== QUOTE) throw unexpected(bytes, start, 'a string');
  cursor.at = endOfString(bytes, start + 1);
  const text = bytes.toString('utf8', start + 1, cursor.at - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Moves over the value at the cursor, whatever it is. */
export function skipValue(cursor: Cursor): Span {
  const { bytes, at: start } = cursor;
  const allowed = cursor.maxNesting - cursor.depth;
  const closers: number[] = [];
  let at = start;
  value: for (;;) {
    const byte = bytes[at];
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (closers.length >= allowed) throw tooDeep(cursor.maxNesting);
      const closer = byte + 2;
      at = endOfSpace(bytes, at + 1);
      if (bytes[at] === closer) {
        at++;
      } else {
        closers.push(closer);
        if (closer === CLOSE_OBJECT) at = endOfKey(bytes, at);
        continue;
      }
    } else if (byte === QUOTE) {
      at = endOfString(bytes, at + 1);
    } else {
      at = endOfScalar(bytes, at);
    }
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) break value;
      at = endOfSpace(bytes, at);
      if (bytes[at] === COMMA) {
        at = endOfSpace(bytes, at + 1);
        if (closer === CLOSE_OBJECT) at = endOfKey(bytes, at);
        break;
      }
      if (bytes[at] !== closer) throw unexpected(bytes, at, `"," or "${String.fromCharCode(closer)}"`);
      closers.pop();
      at++;
    }
  }
  cursor.at = at;
  return { start, end: at };
}

/** Decodes the value at a span of bytes that have passed the validation. */
export function decodeJson(bytes: Buffer, span: Span): unknown {
  return JSON.parse(bytes.toString('utf8', span.start, span.end));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function open(cursor: Cursor, opener: number, what: string): number {
  const { bytes, at: start } = cursor;
  if (bytes[start] !== opener) throw unexpected(bytes, start, what);
  if (++cursor.depth > cursor.maxNesting) throw tooDeep(cursor.maxNesting);
  cursor.at = endOfSpace(bytes, start + 1);
  return start;
}

function hasNext(cursor: Cursor, closer: number): boolean {
  const { bytes } = cursor;
  cursor.at = endOfSpace(bytes, cursor.at);
  if (bytes[cursor.at] === COMMA) {
    cursor.at = endOfSpace(bytes, cursor.at + 1);
    return true;
  }
  if (bytes[cursor.at] === closer) return false;
  throw unexpected(bytes, cursor.at, `"," or "${String.fromCharCode(closer)}"`);
}

function close(cursor: Cursor, start: number): Span {
  cursor.depth--;
  cursor.at++;
  return { start, end: cursor.at };
}

function endOfSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

function endOfKey(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) throw unexpected(bytes, at, 'a key');
  return endOfColon(bytes, endOfString(bytes, at + 1));
}

function endOfColon(bytes: Buffer, from: number): number {
  const at = endOfSpace(bytes, from);
  if (bytes[at] !== COLON) throw unexpected(bytes, at, '":"');
  return endOfSpace(bytes, at + 1);
}

/** 1 for every byte that stands for itself in a string; a missing byte counts as 0, which does not. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);

// A function of its own: inlined into the loop over values it ran three times slower.
function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    while (PLAIN[bytes[at] ?? 0] === 1) at++;
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) throw unexpected(bytes, at, 'the end of a string');
    at = endOfEscape(bytes, at + 1);
  }
}

function endOfEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === LOWER_U) {
    for (let digit = at + 1; digit <= at + 4; digit++) {
      if (!isHex(bytes[digit])) throw unexpected(bytes, digit, 'four hexadecimal digits');
    }
    return at + 5;
  }
  if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) {
    throw unexpected(bytes, at, 'an escape');
  }
  return at + 1;
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= LOWER_F);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

function endOfScalar(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case LOWER_T:
      return endOfLiteral(bytes, at, TRUE);
    case LOWER_F:
      return endOfLiteral(bytes, at, FALSE);
    case LOWER_N:
      return endOfLiteral(bytes, at, NULL);
    default:
      return endOfNumber(bytes, at);
  }
}

function endOfLiteral(bytes: Buffer, at: number, literal: Buffer): number {
  for (let i = 0; i < literal.length; i++) {
    if (bytes[at + i] !== literal[i]) throw unexpected(bytes, at + i, `"${literal.toString()}"`);
  }
  return at + literal.length;
}

function endOfNumber(bytes: Buffer, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = bytes[at] === ZERO ? at + 1 : endOfDigits(bytes, at, 'a value');
  if (bytes[at] === DOT) at = endOfDigits(bytes, at + 1, 'a digit');
  if (((bytes[at] ?? 0) | 0x20) === LOWER_E) {
    const sign = bytes[at + 1];
    at = endOfDigits(bytes, sign === 0x2b || sign === MINUS ? at + 2 : at + 1, 'a digit');
  }
  return at;
}

function endOfDigits(bytes: Buffer, from: number, expected: string): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  if (at === from) throw unexpected(bytes, at, expected);
  return at;
}

function unexpected(bytes: Buffer, at: number, expected: string): JsonError {
  const byte = bytes[at];
  const found = byte === undefined ? 'the text ends' : `found ${describe(byte)}`;
  return new JsonError('syntax', `expected ${expected} at byte ${at}, ${found}`);
}

function describe(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `"${String.fromCharCode(byte)}"`
    : `0x${byte.toString(16).padStart(2, '0')}`;
}

function tooDeep(maxNesting: number): JsonError {
  return new JsonError('nesting', `nested deeper than ${maxNesting} levels`);
}
