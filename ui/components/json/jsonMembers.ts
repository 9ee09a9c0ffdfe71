import { endOfString, scanValue, skipSpace, type JsonValue } from './jsonScanner.ts';

/** A member of an object, or an item of an array. */
export interface JsonMember {
  /** The key as it is read, without quotation marks; undefined in an array. */
  readonly key: string | undefined;
  /** The position in its container, from 0. */
  readonly index: number;
  readonly value: JsonValue;
}

/** Returns the first members of an object or an array. */
export function readMembers(text: string, container: JsonValue, limit: number): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, container.start + 1);
  while (members.length < limit && at < container.end && !isEnd(text, at)) {
    const key = container.kind === 'object' ? readKey(text, at) : undefined;
    const value = scanValue(text, key?.valueStart ?? at);
    if (value.end > container.end) break;
    members.push({ key: key?.text, index: members.length, value });
    at = skipSpace(text, skipToComma(text, value.end) + 1);
  }
  return members;
}

function isEnd(text: string, at: number): boolean {
  return text[at] === '}' || text[at] === ']';
}

/** Text after a value that is not a comma or a closing bracket is skipped. */
function skipToComma(text: string, from: number): number {
  let at = skipSpace(text, from);
  while (at < text.length && text[at] !== ',') {
    if (isEnd(text, at)) return at - 1;
    at = scanValue(text, at).end;
    at = skipSpace(text, at);
  }
  return at;
}

interface Key {
  readonly text: string;
  readonly valueStart: number;
}

/** A member without a colon is a value without a key. */
function readKey(text: string, start: number): Key | undefined {
  const end = text[start] === '"' ? endOfString(text, start) : undefined;
  const colon = end === undefined ? -1 : skipSpace(text, end);
  if (text[colon] !== ':') return undefined;
  return { text: decodeString(text.slice(start, end)), valueStart: skipSpace(text, colon + 1) };
}

/** The characters that a string of JSON stands for; an invalid one is returned as it is. */
function decodeString(literal: string): string {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : literal;
  } catch {
    return literal.slice(1, -1);
  }
}
