import { formatDuration } from '../../config/formats/duration.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError, EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
import type { Answer } from '../replies/answer.ts';
import { JourneyTracker, type Place } from '../replies/journeyTracker.ts';
import { openReplies, type Replies } from '../replies/openReplies.ts';
import { waitForAnswers } from '../replies/waitForAnswers.ts';
import { formatFailure, formatMissing, formatPayload } from './answerLines.ts';
import { WaitLimit } from './waitLimit.ts';
import type { Sender } from './openForSending.ts';
import { sendEnvelopes } from './sendEnvelopes.ts';

/**
 * Sends envelopes and prints their results as the answers arrive. Ends when the time to wait has
 * passed since the last confirm of the broker.
 * @param queue the reply queue that the envelopes name
 * @throws {CommandError}
 */
export async function sendAndWait(
  envelopes: readonly Envelope[],
  { queue, waitMs }: { readonly queue: string; readonly waitMs: number },
  sender: Sender,
  context: CommandContext,
): Promise<ExitCode> {
  const tracker = expectAll(envelopes);
  const opening = openReplies(sender.transport, queue);
  const replies = await untilStopped(opening, context.stopped);
  try {
    const wait = new Wait(tracker, replies, context, envelopes.length === 1);
    return await wait.run(waitMs, envelopes, sender);
  } finally {
    await replies.close();
  }
}

/** @throws {CommandError} when two envelopes have the same id */
function expectAll(envelopes: readonly Envelope[]): JourneyTracker {
  const tracker = new JourneyTracker();
  const repeated = envelopes.find((envelope) => !tracker.expect(envelope));
  if (repeated === undefined) return tracker;
  throw new CommandError(`two envelopes have the id "${repeated.id}"; --wait needs different ids`);
}

interface SendLimit {
  readonly limit: WaitLimit;
  /** Aborts when the time is over. */
  readonly over: AbortSignal;
  readonly waitMs: number;
}

/** The wait for the answers to the envelopes of one command. */
class Wait {
  readonly #tracker: JourneyTracker;
  readonly #replies: Replies;
  readonly #context: CommandContext;
  readonly #isOnly: boolean;
  #hasFailed = false;

  constructor(
    tracker: JourneyTracker,
    replies: Replies,
    context: CommandContext,
    /** Whether one envelope is sent. */
    isOnly: boolean,
  ) {
    this.#tracker = tracker;
    this.#replies = replies;
    this.#context = context;
    this.#isOnly = isOnly;
  }

  async run(waitMs: number, envelopes: readonly Envelope[], sender: Sender): Promise<ExitCode> {
    const { stopped, outputClosed, terminal } = this.#context;
    const over = new AbortController();
    const limit = new WaitLimit(waitMs, () => over.abort());
    const until = AbortSignal.any([over.signal, stopped, outputClosed]);
    try {
      const waiting = waitForAnswers(this.#replies, this.#tracker, until, (answer, place) => {
        this.#print(answer, place);
      });
      this.#forget(await this.#send(envelopes, sender, { limit, over: over.signal, waitMs }));
      if (this.#tracker.isComplete) over.abort();
      else this.#showProgress();
      await waiting;
    } finally {
      limit.end();
      over.abort();
    }
    if (outputClosed.aborted) return EXIT.failed;
    if (!this.#tracker.isComplete) terminal.err(this.#describeMissing(waitMs, limit.isOver));
    if (this.#hasFailed || stopped.aborted) return EXIT.failed;
    return this.#tracker.isComplete ? EXIT.done : EXIT.timeOver;
  }

  /** Sends until the time is over. Returns the envelopes that were not sent. */
  async #send(
    envelopes: readonly Envelope[],
    sender: Sender,
    { limit, over, waitMs }: SendLimit,
  ): Promise<readonly Envelope[]> {
    const end = (): void => sender.end(`time over after ${formatDuration(waitMs)}`);
    over.addEventListener('abort', end, { once: true });
    try {
      return await sendEnvelopes(envelopes, sender, this.#context, {
        onConfirm: () => limit.restart(),
      });
    } finally {
      over.removeEventListener('abort', end);
      limit.restart();
    }
  }

  #forget(unsent: readonly Envelope[]): void {
    for (const { id } of unsent) this.#tracker.forget(id);
    if (unsent.length > 0) this.#hasFailed = true;
  }

  #print(answer: Answer, place: Place): void {
    const { terminal } = this.#context;
    const { result } = answer;
    if (result.kind === 'done') {
      const how = { isOnly: this.#isOnly, asText: terminal.width !== undefined };
      terminal.out(formatPayload(answer, place, result.payload, how));
    } else {
      this.#hasFailed = true;
      terminal.err(formatFailure(answer, place, result.failure));
    }
    if (!this.#tracker.isComplete) this.#showProgress();
  }

  #showProgress(): void {
    const { incompleteCount } = this.#tracker;
    const what = incompleteCount === 1 ? 'the answer' : `answers to ${incompleteCount} envelopes`;
    this.#context.terminal.progress(`waiting for ${what}`);
  }

  #describeMissing(waitMs: number, isOver: boolean): string {
    return formatMissing(
      isOver ? `time over after ${formatDuration(waitMs)}` : this.#endReason(),
      this.#tracker.count(),
      this.#tracker.incomplete(),
    );
  }

  /** Why no more answers are waited for before the time is over. */
  #endReason(): string {
    if (this.#context.stopped.aborted) return STOPPED;
    return `reply queue lost: ${this.#replies.lostReason ?? 'closed'}`;
  }
}
