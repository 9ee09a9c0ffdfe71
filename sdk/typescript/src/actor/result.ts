import type { Answer } from './outcome.ts';

/** Encodes a value as JSON. */
export type Stringify = (value: unknown) => string | undefined;

/**
 * Reads what an actor has returned: a value, an array or a generator of values, or nothing.
 *
 * @throws what the generator throws
 * @throws {JsonRuleError} if JSON cannot carry a value
 */
export async function readResult(result: unknown, stringify: Stringify): Promise<Answer> {
  if (result === undefined || result === null) return { payloads: [], isList: false };
  if (Array.isArray(result)) return { payloads: encodeAll(result, stringify), isList: true };
  if (isGenerator(result)) return { payloads: await drain(result, stringify), isList: true };
  return { payloads: [encode(result, stringify)], isList: mayBeErrorObject(result) };
}

/** The values of an array or of a generator. */
export async function readList(result: unknown): Promise<readonly unknown[] | undefined> {
  if (Array.isArray(result)) return result;
  if (!isGenerator(result)) return undefined;
  const values: unknown[] = [];
  for await (const value of result) values.push(value);
  return values;
}

/** A returned value is a payload. Inside an array, the sidecar does not take it for an error. */
function mayBeErrorObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'error' in value && 'message' in value;
}

type Generated = Iterable<unknown> | AsyncIterable<unknown>;

async function drain(values: Generated, stringify: Stringify): Promise<string[]> {
  const texts: string[] = [];
  for await (const value of values) texts.push(encode(value, stringify));
  return texts;
}

function encodeAll(values: readonly unknown[], stringify: Stringify): string[] {
  // Unlike `map`, this also visits the holes of an array.
  return Array.from(values, (value) => encode(value, stringify));
}

function encode(value: unknown, stringify: Stringify): string {
  const text = stringify(value);
  if (typeof text === 'string') return text;
  throw new TypeError('stringify returned no text for a value of the result');
}

/** An iterable that is also an iterator: not a string, a `Map` or a typed array. */
function isGenerator(value: unknown): value is Generated {
  if (typeof value !== 'object' || value === null) return false;
  if (Symbol.asyncIterator in value) return true;
  return Symbol.iterator in value && 'next' in value && typeof value.next === 'function';
}
