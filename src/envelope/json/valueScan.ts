import { tooDeep, unexpected } from './jsonError.ts';
import {
  CLOSE_OBJECT,
  COMMA,
  endOfKey,
  endOfScalar,
  endOfSpace,
  endOfString,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './tokens.ts';

/** The containers around a value, and how many are allowed. */
export interface Nesting {
  readonly depth: number;
  readonly maxNesting: number;
}

/**
 * Validates the value at `start` and returns its end.
 * @throws {JsonError}
 */
export function endOfValue(bytes: Buffer, start: number, nesting: Nesting): number {
  return isOpener(bytes[start]) ? endOfContainer(bytes, start, nesting) : endOfSimple(bytes, start);
}

/** Keeps the open containers in a list, so that deep nesting cannot overflow the call stack. */
function endOfContainer(bytes: Buffer, start: number, { depth, maxNesting }: Nesting): number {
  const closers: number[] = [];
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (isOpener(byte)) {
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
    if (bytes[at] !== COMMA) throw missingSeparator(bytes, at, closer);
    at = endOfSpace(bytes, at + 1);
    if (closer === CLOSE_OBJECT) at = endOfKey(bytes, at);
  }
}

/** In ASCII, `}` and `]` follow their opening brackets at a distance of two. */
function isOpener(byte: number | undefined): byte is number {
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY;
}

function endOfSimple(bytes: Buffer, at: number): number {
  return bytes[at] === QUOTE ? endOfString(bytes, at + 1) : endOfScalar(bytes, at);
}

/** Closes the containers that end at `from`, and removes their closers from the list. */
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

export function missingSeparator(bytes: Buffer, at: number, closer: number): Error {
  return unexpected(bytes, at, `"," or "${String.fromCharCode(closer)}"`);
}
