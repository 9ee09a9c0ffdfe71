import type { ByteRange, RawObject } from '../../envelope/json/json.ts';
import { JsonError } from '../../envelope/json/jsonError.ts';
import type { CallReply, Item, Reply, Unanswered } from '../runtime.ts';
import { replyInvalid } from './failedReply.ts';

/** A reply that breaks a rule of its protocol. `message` names the rule. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** Calls `read`. A `ReplyError` or `JsonError` becomes an invalid reply. */
export function readJsonReply<R extends CallReply | Reply>(
  bytes: Buffer,
  read: () => R,
): R | Unanswered {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReplyError) return replyInvalid(error.message);
    if (!(error instanceof JsonError)) throw error;
    return replyInvalid(
      error.reason === 'nesting'
        ? 'the reply is nested too deeply'
        : `the reply of ${bytes.length} bytes is not JSON: ${error.message}`,
    );
  }
}

export function answered(bytes: Buffer, items: readonly Item[]): Reply {
  return { kind: 'answered', items, sizeBytes: bytes.length };
}

/**
 * Rejects a key that is read and occurs twice: two parsers could read two different replies.
 * @param prefix of the key in the error message
 * @throws {ReplyError}
 */
export function rejectDuplicates(
  { duplicates }: RawObject,
  keys: ReadonlySet<string>,
  prefix: string,
): void {
  const duplicate = duplicates.find((key) => keys.has(key));
  if (duplicate !== undefined) throw new ReplyError(`${prefix}${duplicate} occurs twice`);
}

/** The bytes of a range, not copied. */
export function bytesOf(bytes: Buffer, { start, end }: ByteRange): Buffer {
  return bytes.subarray(start, end);
}
