import {
  cursorAt,
  kindAt,
  readArray,
  readRawObject,
  skipValue,
  type ByteRange,
  type RawObject,
} from '../../../envelope/json/json.ts';

/** Returns the string at a range; undefined for a value of another kind. */
export function stringAt(bytes: Buffer, range: ByteRange | undefined): string | undefined {
  if (range === undefined || kindAt(cursorAt(bytes, range)) !== 'string') return undefined;
  return String(JSON.parse(bytes.toString('utf8', range.start, range.end)));
}

/** Returns the object at a range; undefined for a value of another kind. */
export function objectAt(bytes: Buffer, range: ByteRange | undefined): RawObject | undefined {
  if (range === undefined) return undefined;
  const cursor = cursorAt(bytes, range);
  return kindAt(cursor) === 'object' ? readRawObject(cursor) : undefined;
}

export interface Elements {
  /** The first elements, at most `maxCount`. */
  readonly first: readonly ByteRange[];
  readonly count: number;
}

/** Returns the elements of an array; none for a value of another kind. */
export function elementsAt(
  bytes: Buffer,
  range: ByteRange | undefined,
  maxCount: number,
): Elements {
  const first: ByteRange[] = [];
  let count = 0;
  const cursor = range === undefined ? undefined : cursorAt(bytes, range);
  if (cursor !== undefined && kindAt(cursor) === 'array') {
    readArray(cursor, () => {
      const element = skipValue(cursor);
      if (count++ < maxCount) first.push(element);
    });
  }
  return { first, count };
}
