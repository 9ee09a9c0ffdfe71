import { createReplyQueueName } from '../../replyQueue.ts';
import type { Message } from '../../transport/message.ts';
import { OpenError, type ReplyTransport } from '../../transport/transport.ts';
import { CommandError } from '../command/exit.ts';
import { readAnswer, type Answer } from './answer.ts';

/** An open reply queue and the answers in it. */
export interface Replies {
  /** The name of the queue: the value of `x-asya-reply-to`. */
  readonly queue: string;
  /** The reason why the queue is lost; no further answer can arrive. Undefined while it exists. */
  readonly lostReason: string | undefined;
  /**
   * Resolves to the next answer, in the order of arrival. Resolves to undefined when `until` aborts
   * first, and when the queue is lost. One call at a time.
   */
  next(until: AbortSignal): Promise<Answer | undefined>;
  /** Deletes the queue; may be called again. Never rejects. */
  close(): Promise<void>;
}

/**
 * Opens a reply queue. Must be called before the envelopes are sent, because a sidecar drops the
 * answer to a queue that does not exist.
 * @param queue the name of the queue
 * @throws {CommandError} with the reason why the broker does not open the queue
 */
export async function openReplies(
  transport: ReplyTransport,
  queue = createReplyQueueName(),
): Promise<Replies> {
  const inbox = new Inbox();
  const opened = await transport
    .openReplyQueue(queue, {
      onCopy: (copy) => inbox.add(copy),
      onLost: (reason) => inbox.end(reason),
    })
    .catch(rejectClearly);
  let closing: Promise<void> | undefined;
  return {
    queue,
    get lostReason() {
      return inbox.endReason;
    },
    next: (until) => inbox.next(until),
    close: () => (closing ??= opened.close()),
  };
}

/** The answers that have arrived and were not taken yet. */
class Inbox {
  readonly #answers: Answer[] = [];
  #endReason: string | undefined;
  #changed: PromiseWithResolvers<void> | undefined;

  get endReason(): string | undefined {
    return this.#endReason;
  }

  add(copy: Message): void {
    const answer = readAnswer(copy);
    if (answer === undefined) return;
    this.#answers.push(answer);
    this.#changed?.resolve();
  }

  end(reason: string): void {
    this.#endReason = reason;
    this.#changed?.resolve();
  }

  async next(until: AbortSignal): Promise<Answer | undefined> {
    while (this.#answers.length === 0 && this.#endReason === undefined && !until.aborted)
      await this.#change(until);
    return this.#answers.shift();
  }

  async #change(until: AbortSignal): Promise<void> {
    const changed = Promise.withResolvers<void>();
    this.#changed = changed;
    const wake = (): void => changed.resolve();
    until.addEventListener('abort', wake, { once: true });
    await changed.promise;
    until.removeEventListener('abort', wake);
  }
}

function rejectClearly(error: unknown): never {
  if (!(error instanceof OpenError)) throw error;
  throw new CommandError(`reply queue not opened: ${error.message}`, { cause: error });
}
