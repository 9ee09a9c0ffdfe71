import type { ByteRange, RawObject } from '../../../envelope/json/json.ts';
import { elementsAt, objectAt, stringAt } from './jsonText.ts';
import { oneLine } from './oneLine.ts';

/** A message contains no more invalid fields, and the number of the others. */
const MAX_FIELDS = 3;

/** In elements of a path and in texts of one field. */
const MAX_PARTS = 16;

/**
 * Describes a list of invalid fields:
 *
 * - `["age is required"]` (NestJS)
 * - `[{"loc":["body","age"],"msg":"Field required"}]` (FastAPI), also with other keys for the path
 *   and the message
 * - `{"age":["Enter a number."]}` (Django, ASP.NET)
 *
 * Returns undefined if no field is described.
 */
export function describeInvalidFields(bytes: Buffer, range: ByteRange): string | undefined {
  const object = objectAt(bytes, range);
  return object === undefined ? describeArray(bytes, range) : describeMembers(object);
}

function describeArray(bytes: Buffer, range: ByteRange): string | undefined {
  const { first, count } = elementsAt(bytes, range, MAX_FIELDS);
  return joinFields(
    first.map((element) => describeElement(bytes, element)),
    count,
  );
}

function describeMembers({ bytes, members }: RawObject): string | undefined {
  const texts = [...members].slice(0, MAX_FIELDS).map(([name, range]) => {
    const text = stringAt(bytes, range) ?? textsAt(bytes, range).join(' ');
    return text === '' ? undefined : `${name}: ${text}`;
  });
  return joinFields(texts, members.size);
}

function joinFields(texts: readonly (string | undefined)[], count: number): string | undefined {
  const described = texts.filter((text) => text !== undefined);
  if (described.length === 0) return undefined;
  const more = count - described.length;
  return oneLine([...described, ...(more > 0 ? [`and ${more} more`] : [])].join('; '));
}

const PATH_KEYS = ['loc', 'field', 'key', 'path', 'instancePath', 'pointer', 'name'];

const PROBLEM_KEYS = [
  'msg',
  'message',
  'defaultMessage',
  'detail',
  'reason',
  'description',
  'title',
];

function describeElement(bytes: Buffer, range: ByteRange): string | undefined {
  const object = objectAt(bytes, range);
  if (object === undefined) return stringAt(bytes, range);
  const problem = firstOf(PROBLEM_KEYS, (key) => stringAt(bytes, object.members.get(key)));
  const path = firstOf(PATH_KEYS, (key) => pathAt(bytes, object.members.get(key)));
  if (problem === undefined) return undefined;
  return path === undefined ? problem : `${path}: ${problem}`;
}

/** Returns a path as `body.items.0`. */
function pathAt(bytes: Buffer, range: ByteRange | undefined): string | undefined {
  const path = stringAt(bytes, range) ?? textsAt(bytes, range).join('.');
  return path === '' ? undefined : path;
}

/** The strings and numbers of an array, as texts. */
function textsAt(bytes: Buffer, range: ByteRange | undefined): readonly string[] {
  return elementsAt(bytes, range, MAX_PARTS).first.flatMap((element) => {
    const text = stringAt(bytes, element) ?? bytes.toString('utf8', element.start, element.end);
    return /^[[{]/.test(text) ? [] : [text];
  });
}

function firstOf<T>(keys: readonly string[], read: (key: string) => T | undefined): T | undefined {
  for (const key of keys) {
    const value = read(key);
    if (value !== undefined) return value;
  }
  return undefined;
}
