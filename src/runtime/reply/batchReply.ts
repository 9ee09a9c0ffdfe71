import {
  createCursor,
  expectEnd,
  isAtEnd,
  kindAt,
  readArray,
  readRawObject,
  skipValue,
  type Cursor,
} from '../../envelope/json/json.ts';
import type { CallReply, Reply } from '../runtime.ts';
import { ERROR_KEYS, readErrorObject } from './errorObject.ts';
import { replyInvalid } from './failedReply.ts';
import { readJsonReply, rejectDuplicates, ReplyError } from './jsonReply.ts';
import { readValue } from './payloadReply.ts';

/**
 * Reads the reply to a batch: an array with one reply for each payload, or an error object for the
 * whole call. Each element is a reply of the protocols `payload` and `http`. The payloads are
 * slices of `bytes`.
 * @param count the number of payloads of the batch
 * @param maxNesting the deepest nesting of objects and arrays in a payload
 */
export function readBatchReply(bytes: Buffer, count: number, maxNesting: number): CallReply {
  return readJsonReply<CallReply>(bytes, () => {
    const cursor = createCursor(bytes, maxNesting);
    if (isAtEnd(cursor)) throw wrongKind(count, 'it is empty');
    const reply = readReplies(cursor, count);
    expectEnd(cursor);
    return reply;
  });
}

function readReplies(cursor: Cursor, count: number): CallReply {
  const kind = kindAt(cursor);
  if (kind === 'object') return readFailure(cursor, count);
  if (kind !== 'array') throw wrongKind(count, `it is ${kind === 'null' ? 'null' : `a ${kind}`}`);
  const replies: Reply[] = [];
  let found = 0;
  // The array around the replies adds one level.
  const outer = { ...cursor, maxNesting: cursor.maxNesting + 1 };
  readArray(outer, () => {
    // Superfluous replies are counted and not kept.
    if (++found <= count) replies.push(readReply(outer));
    else skipValue(outer);
  });
  cursor.at = outer.at;
  if (found !== count) {
    throw new ReplyError(`the reply has ${countOf(found, 'element')} for a batch of ${count}`);
  }
  return { kind: 'answered', replies, sizeBytes: cursor.bytes.length };
}

/** Reads the reply to one payload. */
function readReply(outer: Cursor): Reply {
  const start = outer.at;
  // The array of a fan-out adds one level.
  const extra = kindAt(outer) === 'array' ? 1 : 0;
  const cursor = { ...outer, maxNesting: outer.maxNesting + extra };
  const value = readJsonValue(cursor);
  outer.at = cursor.at;
  return 'kind' in value ? value : { kind: 'answered', items: value, sizeBytes: outer.at - start };
}

/** An element that is JSON and breaks a rule is an invalid reply to its payload only. */
function readJsonValue(cursor: Cursor): ReturnType<typeof readValue> {
  try {
    return readValue(cursor);
  } catch (error) {
    if (error instanceof ReplyError) return replyInvalid(error.message);
    throw error;
  }
}

/** Reads an object that is the reply to the whole call. No payload is an object by itself. */
function readFailure(cursor: Cursor, count: number): CallReply {
  const object = readRawObject(cursor);
  if (!object.members.has('error') && !object.members.has('retry_after_ms')) {
    throw wrongKind(count, 'it is an object without the key error');
  }
  rejectDuplicates(object, ERROR_KEYS, '');
  return readErrorObject(object);
}

function wrongKind(count: number, problem: string): ReplyError {
  return new ReplyError(
    `the reply to a batch must be an array of ${countOf(count, 'element')}: ${problem}`,
  );
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
