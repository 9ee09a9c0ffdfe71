import { formatDuration } from '../../config/formats/duration.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError, EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED } from '../command/signals.ts';
import type { Answer } from '../replies/answer.ts';
import { JourneyTracker, type Place } from '../replies/journeyTracker.ts';
import { formatFailure, formatMissing, formatPayload } from './answerLines.ts';
import type { Sender } from './publish/openForSending.ts';
import { sendAndWait, type WaitEnd } from './publish/sendAndWait.ts';
import { UnsentLines } from './unsentLines.ts';

/**
 * Sends envelopes and prints their results as the answers arrive. Ends when the time to wait has
 * passed since the last confirm of the broker.
 * @param queue the reply queue that the envelopes name
 * @throws {CommandError}
 */
export async function waitAndPrint(
  envelopes: readonly Envelope[],
  { queue, waitMs }: { readonly queue: string; readonly waitMs: number },
  sender: Sender,
  context: CommandContext,
): Promise<ExitCode> {
  const tracker = expectAll(envelopes);
  const stopped = AbortSignal.any([context.stopped, context.outputClosed]);
  const answers = new AnswerLines(tracker, context, envelopes.length === 1);
  const unsent = new UnsentLines(context);
  const end = await sendAndWait(envelopes, { queue, waitMs, tracker, stopped }, sender, {
    onUnsent: (envelope, { reason }) => unsent.add(envelope, reason),
    onSendsEnded(notPublished) {
      unsent.end(notPublished, envelopes.length);
      answers.showProgress();
    },
    onAnswer: (answer, place) => answers.print(answer, place),
  });
  if (context.outputClosed.aborted) return EXIT.failed;
  if (end.kind !== 'complete') answers.printMissing(describeEnd(end, waitMs));
  if (answers.hasFailed || unsent.count > 0 || context.stopped.aborted) return EXIT.failed;
  return end.kind === 'complete' ? EXIT.done : EXIT.timeOver;
}

/** @throws {CommandError} when two envelopes have the same id */
function expectAll(envelopes: readonly Envelope[]): JourneyTracker {
  const tracker = new JourneyTracker();
  const repeated = envelopes.find((envelope) => !tracker.expect(envelope));
  if (repeated === undefined) return tracker;
  throw new CommandError(`two envelopes have the id "${repeated.id}"; --wait needs different ids`);
}

/** Why no more answers are waited for. */
function describeEnd(end: WaitEnd, waitMs: number): string {
  if (end.kind === 'time_over') return `time over after ${formatDuration(waitMs)}`;
  return end.kind === 'lost' ? `reply queue lost: ${end.reason}` : STOPPED;
}

/** Prints the answers, and what is missing at the end. */
class AnswerLines {
  readonly #tracker: JourneyTracker;
  readonly #terminal: CommandContext['terminal'];
  readonly #isOnly: boolean;
  #hasFailed = false;

  constructor(
    tracker: JourneyTracker,
    { terminal }: CommandContext,
    /** Whether one envelope is sent. */
    isOnly: boolean,
  ) {
    this.#tracker = tracker;
    this.#terminal = terminal;
    this.#isOnly = isOnly;
  }

  /** Whether an answer is an error. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  print(answer: Answer, place: Place): void {
    const { result } = answer;
    if (result.kind === 'done') {
      const how = { isOnly: this.#isOnly, asText: this.#terminal.width !== undefined };
      this.#terminal.out(formatPayload(answer, place, result.payload, how));
    } else {
      this.#hasFailed = true;
      this.#terminal.err(formatFailure(answer, place, result.failure));
    }
    this.showProgress();
  }

  showProgress(): void {
    const { isComplete, incompleteCount } = this.#tracker;
    if (isComplete) return;
    const what = incompleteCount === 1 ? 'the answer' : `answers to ${incompleteCount} envelopes`;
    this.#terminal.progress(`waiting for ${what}`);
  }

  /** @param reason why no more answers are waited for */
  printMissing(reason: string): void {
    this.#terminal.err(formatMissing(reason, this.#tracker.count(), this.#tracker.incomplete()));
  }
}
