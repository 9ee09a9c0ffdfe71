import { createCursor, expectEnd, skipValue } from '../../../envelope/json/json.ts';

/**
 * Returns the bytes of a JSON value as they were written, without the white space around it.
 * @throws {JsonError} when the text is not one JSON value
 */
export function parseJsonValue(text: string): Buffer {
  const bytes = Buffer.from(text);
  const cursor = createCursor(bytes, Number.POSITIVE_INFINITY);
  const { start, end } = skipValue(cursor);
  expectEnd(cursor);
  return bytes.subarray(start, end);
}
