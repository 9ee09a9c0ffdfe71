import { unexpected } from './jsonError.ts';
import { endOfUnescapedRun } from './stringScan.ts';

/**
 * The tokens of a JSON text (RFC 8259). Each function validates the token that starts at an index
 * and returns the index after its last byte. After the text `bytes[at]` is undefined, which matches
 * no token.
 */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
const ZERO = 0x30;
export const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

export function endOfSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** A key, its colon and the white space around the colon. */
export function endOfKey(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) throw unexpected(bytes, at, 'a key');
  return endOfColon(bytes, endOfString(bytes, at + 1));
}

/** A colon and the white space around it. */
export function endOfColon(bytes: Buffer, from: number): number {
  const at = endOfSpace(bytes, from);
  if (bytes[at] !== COLON) throw unexpected(bytes, at, '":"');
  return endOfSpace(bytes, at + 1);
}

/** A string. `from` is the index after its opening quote. */
export function endOfString(bytes: Buffer, from: number): number {
  let at = endOfUnescapedRun(bytes, from);
  while (bytes[at] === BACKSLASH) at = endOfUnescapedRun(bytes, endOfEscape(bytes, at + 1));
  if (bytes[at] !== QUOTE) throw unexpected(bytes, at, 'the end of a string');
  return at + 1;
}

/** A number, `true`, `false` or `null`. */
export function endOfScalar(bytes: Buffer, at: number): number {
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

const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LOWER_E = 0x65;
const LOWER_U = 0x75;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** 1 for each byte that completes an escape sequence of two characters. */
const SHORT_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

function endOfEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === LOWER_U) {
    for (let digit = at + 1; digit <= at + 4; digit++) {
      if (!isHex(bytes[digit])) throw unexpected(bytes, digit, 'four hexadecimal digits');
    }
    return at + 5;
  }
  if (SHORT_ESCAPE[byte ?? 0] !== 1) throw unexpected(bytes, at, 'an escape');
  return at + 1;
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

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= LOWER_F);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}
