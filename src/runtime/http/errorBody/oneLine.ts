import { truncate } from '../../../unicode.ts';

/** In characters. */
const MAX_LINE_LENGTH = 4096;

/** Returns a text as one line: each run of white space and control characters becomes a space. */
export function oneLine(text: string): string {
  return truncate(text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), MAX_LINE_LENGTH);
}
