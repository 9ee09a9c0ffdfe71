import type { JsonValue } from './jsonScanner.ts';

const MAX_LINE_LENGTH = 200;
/** What an expanded string shows. */
export const MAX_TEXT_LENGTH = 20_000;

/** The longest escape has six characters. */
const MAX_ESCAPE_LENGTH = 6;

/** A scalar on one line, at most 200 characters: numbers with all digits, strings with escapes. */
export function lineOf(text: string, { kind, start, end }: JsonValue): string {
  const literal = text.slice(start, Math.min(end, start + MAX_LINE_LENGTH));
  const isCut = end - start > MAX_LINE_LENGTH;
  if (kind !== 'string') return isCut ? `${literal}…` : literal;
  const line = JSON.stringify(decodeStart(literal, isCut));
  return isCut ? `${line.slice(0, -1)}…` : line;
}

/** A key on one line, at most 200 characters. */
export function keyOf(key: string): string {
  const isCut = key.length > MAX_LINE_LENGTH;
  return isCut
    ? `${JSON.stringify(key.slice(0, MAX_LINE_LENGTH)).slice(0, -1)}…`
    : JSON.stringify(key);
}

/** The characters that a string stands for, at most the first 20,000 characters of its literal. */
export function textOf(text: string, { start, end }: JsonValue): string {
  const isCut = end - start > MAX_TEXT_LENGTH;
  return decodeStart(text.slice(start, isCut ? start + MAX_TEXT_LENGTH : end), isCut);
}

/** Whether a string has more to show than its line. */
export function isLongString(text: string, { kind, start, end }: JsonValue): boolean {
  if (kind !== 'string') return false;
  return end - start > MAX_LINE_LENGTH || text.slice(start, end).includes('\\n');
}

/** Decodes a literal, or the start of one, which may end inside an escape. */
function decodeStart(literal: string, isCut: boolean): string {
  const longest = isCut ? MAX_ESCAPE_LENGTH : 0;
  for (let dropped = 0; dropped <= longest; dropped += 1) {
    try {
      const part = literal.slice(0, literal.length - dropped);
      const value: unknown = JSON.parse(isCut ? `${part}"` : part);
      if (typeof value === 'string') return value;
    } catch {
      // The next attempt drops one more character of the escape.
    }
  }
  return literal.slice(1);
}
