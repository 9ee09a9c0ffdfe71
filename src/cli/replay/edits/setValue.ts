import {
  cursorAt,
  kindAt,
  readArray,
  readRawObject,
  skipValue,
  type ByteRange,
} from '../../../envelope/json/json.ts';
import { formatPointer, type JsonPointer } from './jsonPointer.ts';

/** An edit does not apply to an envelope. `message` gives the reason. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/**
 * Sets the value at a pointer, as `add` of JSON Patch (RFC 6902) adds a member and as `replace`
 * replaces a member or an element. The token `-` appends to an array. All other bytes are copied
 * unchanged. Of a repeated key, the last value is replaced, which is the one that parsers use.
 * @param root the range of the value to which the pointer is relative; it is valid JSON
 * @param value encoded JSON
 * @throws {EditError} when the parent of the value does not exist
 */
export function setValue(
  bytes: Buffer,
  root: ByteRange,
  pointer: JsonPointer,
  value: Buffer,
): Buffer {
  let parent = root;
  for (const [depth, token] of pointer.slice(0, -1).entries()) {
    const child = readContainer(bytes, parent)?.find(token);
    if (child === undefined) throw missing(pointer.slice(0, depth + 1));
    parent = child;
  }
  const last = pointer.at(-1);
  return last === undefined
    ? splice(bytes, root, [value])
    : setChild(bytes, parent, { token: last, value, pointer });
}

interface Child {
  readonly token: string;
  readonly value: Buffer;
  readonly pointer: JsonPointer;
}

function setChild(bytes: Buffer, parent: ByteRange, { token, value, pointer }: Child): Buffer {
  const container = readContainer(bytes, parent);
  if (container === undefined) {
    throw new EditError(`${describe(pointer.slice(0, -1))} is neither an object nor an array`);
  }
  const existing = container.find(token);
  if (existing !== undefined) return splice(bytes, existing, [value]);
  if (container.kind === 'array' && token !== APPEND) throw missing(pointer);
  const { end } = container;
  const comma = end === parent.start + 1 ? [] : [','];
  const key = container.kind === 'object' ? [`${JSON.stringify(token)}:`] : [];
  return splice(bytes, { start: end, end }, [...comma, ...key, value]);
}

/** The token for the element after the last one of an array. */
const APPEND = '-';

interface Container {
  readonly kind: 'object' | 'array';
  /** The end of the last child, or the start of an empty container's content. */
  readonly end: number;
  /** The child that a token names. */
  find(token: string): ByteRange | undefined;
}

/** Undefined for a value that is neither an object nor an array. */
function readContainer(bytes: Buffer, range: ByteRange): Container | undefined {
  const cursor = cursorAt(bytes, range);
  const start = range.start + 1;
  switch (kindAt(cursor)) {
    case 'object': {
      const { members } = readRawObject(cursor);
      let end = start;
      for (const member of members.values()) end = Math.max(end, member.end);
      return { kind: 'object', end, find: (token) => members.get(token) };
    }
    case 'array': {
      const elements: ByteRange[] = [];
      readArray(cursor, () => elements.push(skipValue(cursor)));
      const find = (token: string): ByteRange | undefined =>
        INDEX.test(token) ? elements[Number(token)] : undefined;
      return { kind: 'array', end: elements.at(-1)?.end ?? start, find };
    }
    default:
      return undefined;
  }
}

/** An array index has no leading zeros. */
const INDEX = /^(?:0|[1-9]\d*)$/;

function missing(pointer: JsonPointer): EditError {
  return new EditError(`${describe(pointer)} does not exist`);
}

function describe(pointer: JsonPointer): string {
  return pointer.length === 0 ? 'the value' : `"${formatPointer(pointer)}"`;
}

function splice(
  bytes: Buffer,
  { start, end }: ByteRange,
  inserted: readonly (string | Buffer)[],
): Buffer {
  const pieces = inserted.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  return Buffer.concat([bytes.subarray(0, start), ...pieces, bytes.subarray(end)]);
}
