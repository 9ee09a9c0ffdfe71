import { formatDuration } from '../../../config/formats/duration.ts';
import type { Envelope } from '../../../envelope/envelope.ts';
import { openUntilStopped } from '../../command/signals.ts';
import type { Answer } from '../../replies/answer.ts';
import type { JourneyTracker, Place } from '../../replies/journeyTracker.ts';
import { openReplies, type Replies } from '../../replies/openReplies.ts';
import { waitForAnswers } from '../../replies/waitForAnswers.ts';
import type { Sender } from './openForSending.ts';
import { sendEnvelopes, type SendListener } from './sendEnvelopes.ts';
import { WaitLimit } from './waitLimit.ts';

export interface WaitOptions {
  /** The reply queue that the envelopes name. */
  readonly queue: string;
  /** The longest time to wait after the last confirm of the broker, in milliseconds. */
  readonly waitMs: number;
  /** Expects the answers to the envelopes. */
  readonly tracker: JourneyTracker;
  /** Ends the sending and the wait. */
  readonly stopped: AbortSignal;
}

export interface WaitListener extends SendListener {
  /** Called after the last publish, with the envelopes that were not published. */
  readonly onSendsEnded?: (notPublished: readonly Envelope[]) => void;
  /** Called for each answer that is not a copy of an earlier one. */
  readonly onAnswer: (answer: Answer, place: Place) => void;
}

/**
 * Why a wait has ended. The tracker has the answers that are missing.
 * - `complete`: each journey of an envelope that was sent has ended in all branches.
 * - `time_over`: the time to wait is over.
 * - `stopped`: `stopped` was aborted.
 * - `lost`: the reply queue is lost; `reason` is one line.
 */
export type WaitEnd =
  | { readonly kind: 'complete' | 'time_over' | 'stopped' }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Opens the reply queue, sends envelopes, and reports the answers as they arrive. The reply queue
 * is deleted at the end.
 * @throws {CommandError} when the reply queue cannot be opened, or when `stopped` aborts before
 */
export async function sendAndWait(
  envelopes: readonly Envelope[],
  options: WaitOptions,
  sender: Sender,
  listener: WaitListener,
): Promise<WaitEnd> {
  const { queue, stopped } = options;
  const replies = await openUntilStopped(openReplies(sender.transport, queue), stopped);
  try {
    return await new Wait(replies, options, listener).run(envelopes, sender);
  } finally {
    await replies.close();
  }
}

/** The wait for the answers to envelopes, which begins before they are sent. */
class Wait {
  readonly #replies: Replies;
  readonly #options: WaitOptions;
  readonly #listener: WaitListener;
  readonly #over = new AbortController();
  readonly #limit: WaitLimit;

  constructor(replies: Replies, options: WaitOptions, listener: WaitListener) {
    this.#replies = replies;
    this.#options = options;
    this.#listener = listener;
    this.#limit = new WaitLimit(options.waitMs, () => this.#over.abort());
  }

  async run(envelopes: readonly Envelope[], sender: Sender): Promise<WaitEnd> {
    const { tracker, stopped } = this.#options;
    const until = AbortSignal.any([this.#over.signal, stopped]);
    try {
      const waiting = waitForAnswers(this.#replies, tracker, until, this.#listener.onAnswer);
      await this.#send(envelopes, sender);
      if (tracker.isComplete) this.#over.abort();
      await waiting;
    } finally {
      this.#limit.end();
      this.#over.abort();
    }
    return this.#end();
  }

  /** Sends until the time is over. Expects no answers to the envelopes that were not sent. */
  async #send(envelopes: readonly Envelope[], sender: Sender): Promise<void> {
    const { tracker, waitMs, stopped } = this.#options;
    const { onConfirm, onSent, onUnsent, onSendsEnded } = this.#listener;
    const over = this.#over.signal;
    const end = (): void => sender.end(`time over after ${formatDuration(waitMs)}`);
    over.addEventListener('abort', end, { once: true });
    try {
      const notPublished = await sendEnvelopes(envelopes, sender, stopped, {
        ...(onSent === undefined ? {} : { onSent }),
        onConfirm: () => {
          this.#limit.restart();
          onConfirm?.();
        },
        onUnsent(envelope, problem) {
          tracker.forget(envelope.id);
          onUnsent?.(envelope, problem);
        },
      });
      for (const { id } of notPublished) tracker.forget(id);
      onSendsEnded?.(notPublished);
    } finally {
      over.removeEventListener('abort', end);
      this.#limit.restart();
    }
  }

  #end(): WaitEnd {
    const { tracker, stopped } = this.#options;
    if (tracker.isComplete) return { kind: 'complete' };
    if (this.#limit.isOver) return { kind: 'time_over' };
    if (stopped.aborted) return { kind: 'stopped' };
    return { kind: 'lost', reason: this.#replies.lostReason ?? 'closed' };
  }
}
