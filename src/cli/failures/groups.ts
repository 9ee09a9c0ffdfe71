import { createHash } from 'node:crypto';
import { truncatedCopy } from '../../unicode.ts';
import { timeOfFailure, type FailedMessage } from './failedMessage.ts';

/** The messages with the same actor, fault code and error text. */
export interface ErrorGroup extends Pick<FailedMessage, 'actor' | 'code'> {
  /** The error text; at most `MAX_TEXT_LENGTH` characters of it. */
  readonly text: string;
  readonly count: number;
  /** The time of the oldest failure, in milliseconds since the epoch, if a message contains one. */
  readonly firstMs: number | undefined;
  /** The time of the newest failure. */
  readonly lastMs: number | undefined;
  /** The envelope id of the newest message. */
  readonly example: string;
}

/** Bounds the memory of a group, not the comparison of texts. */
const MAX_TEXT_LENGTH = 2_000;

/** Groups messages one by one, and keeps none of them. */
export class ErrorGroups {
  readonly #groups = new Map<string, { -readonly [K in keyof ErrorGroup]: ErrorGroup[K] }>();

  add(message: FailedMessage): void {
    const { id, actor, code, text } = message;
    const timeMs = timeOfFailure(message);
    const key = keyOf(message);
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, {
        actor,
        code,
        text: truncatedCopy(text, MAX_TEXT_LENGTH),
        count: 1,
        example: id,
        firstMs: timeMs,
        lastMs: timeMs,
      });
      return;
    }
    group.count++;
    if (timeMs === undefined) return;
    group.firstMs = Math.min(group.firstMs ?? timeMs, timeMs);
    if (timeMs < (group.lastMs ?? timeMs)) return;
    group.lastMs = timeMs;
    group.example = id;
  }

  /** The largest groups first, and among equal ones those with the newest failure. */
  get sorted(): readonly ErrorGroup[] {
    return [...this.#groups.values()].toSorted(
      (a, b) => b.count - a.count || (b.lastMs ?? 0) - (a.lastMs ?? 0),
    );
  }
}

const MAX_KEY_LENGTH = 200;

/** Long texts are compared by their hash, so that the map does not keep them. */
function keyOf({ actor, code, text }: FailedMessage): string {
  const key = JSON.stringify([actor, code, text]);
  return key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('base64');
}
