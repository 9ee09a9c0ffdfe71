export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal' | 'invalid';

/** A value as a range of the text. Numbers, strings and keys keep their characters. */
export interface JsonValue {
  readonly kind: JsonKind;
  readonly start: number;
  /** The end of the text if the value is cut off. */
  readonly end: number;
  /** The number of members of an object, or of items of an array. */
  readonly count: number;
}

/** Skips white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/**
 * Scans the value at an index, without recursion and in linear time. It tolerates what is not JSON:
 * a word such as `NaN`, and text that is cut off, have the kind `invalid`.
 */
export function scanValue(text: string, start: number): JsonValue {
  const first = text[start];
  if (first === '{' || first === '[') return scanContainer(text, start);
  if (first === '"') {
    const end = endOfString(text, start);
    return {
      kind: end === undefined ? 'invalid' : 'string',
      start,
      end: end ?? text.length,
      count: 0,
    };
  }
  const end = endOfWord(text, start);
  return {
    kind: kindOfWord(text.slice(start, Math.min(end, start + MAX_WORD))),
    start,
    end,
    count: 0,
  };
}

/** A longer word is a number with very many digits, of which the first ones are checked. */
const MAX_WORD = 1_000;

function kindOfWord(word: string): JsonKind {
  if (word === 'true' || word === 'false' || word === 'null') return 'literal';
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word) ? 'number' : 'invalid';
}

function scanContainer(text: string, start: number): JsonValue {
  let depth = 0;
  let commas = 0;
  let isEmpty = true;
  let at = start;
  const kind = text[start] === '{' ? 'object' : 'array';
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return { kind, start, end: at + 1, count: isEmpty ? 0 : commas + 1 };
    } else if (!isSpace(code)) {
      if (depth === 1) {
        isEmpty = false;
        if (code === COMMA) commas += 1;
      }
      if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    }
    at = code === QUOTE ? (endOfString(text, at) ?? text.length) : at + 1;
  }
  return { kind, start, end: text.length, count: isEmpty ? 0 : commas + 1 };
}

/** The index after the closing quotation mark; undefined if there is none. */
export function endOfString(text: string, start: number): number | undefined {
  let at = text.indexOf('"', start + 1);
  while (at !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
    at = text.indexOf('"', at + 1);
  }
  return undefined;
}

/** At least one character, so that a scan always proceeds. */
function endOfWord(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at += 1;
  return Math.min(at, text.length);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const DELIMITERS: ReadonlySet<number> = new Set([
  QUOTE,
  COMMA,
  COLON,
  OPEN_BRACKET,
  CLOSE_BRACKET,
  OPEN_BRACE,
  CLOSE_BRACE,
]);

function isDelimiter(code: number): boolean {
  return isSpace(code) || DELIMITERS.has(code);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
