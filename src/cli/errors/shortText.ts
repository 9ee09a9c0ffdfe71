import { truncate } from '../../unicode.ts';

/**
 * Truncates a text to at most `maxLength` UTF-16 code units. Returns a copy: a slice of a string
 * would keep the whole text in memory.
 */
export function shortText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : Buffer.from(truncate(text, maxLength)).toString();
}
