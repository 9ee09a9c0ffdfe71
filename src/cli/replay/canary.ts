import { formatDuration } from '../../config/formats/duration.ts';
import { encodeEnvelope } from '../../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../envelope/envelope.ts';
import { faultText } from '../../faults.ts';
import { tryReadEnvelope } from '../failures/failedForm.ts';
import type { AnswerFailure } from '../replies/answer.ts';
import { JourneyTracker } from '../replies/journeyTracker.ts';
import type { Replies } from '../replies/openReplies.ts';
import { replyToHeaders } from '../replies/replyTo.ts';
import { waitForAnswers } from '../replies/waitForAnswers.ts';
import type { CanaryChoice, CanaryMessage } from './replayer.ts';
import type { Original } from './restore.ts';

export interface CanaryOptions {
  /** The open reply queue. */
  readonly replies: Replies;
  readonly happyEnd: string;
  /** The time for its journey, in milliseconds. */
  readonly waitMs: number;
  /** Ends the wait. */
  readonly stopped: AbortSignal;
  /** Called when the canary was sent, with its envelope id. */
  readonly onSent: (id: string) => void;
}

/**
 * The result of a canary. `text` is one line.
 * - `passed`: all leaves of its journey have reached happy-end.
 * - `failed`: it could not be sent, or a leaf has reached error-end.
 * - `no_answer`: the time is over, or the reply queue is lost.
 */
export interface CanaryEnd {
  /** The envelope id. */
  readonly id: string;
  readonly kind: 'passed' | 'failed' | 'no_answer' | 'stopped';
  readonly text: string;
}

/** A message that is sent before all others, with a reply queue. */
export class Canary implements CanaryChoice {
  readonly #options: CanaryOptions;
  readonly #end = Promise.withResolvers<CanaryEnd>();
  readonly #claimed = new AbortController();

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** Aborts when the canary is chosen. */
  get claimed(): AbortSignal {
    return this.#claimed.signal;
  }

  /**
   * Resolves when its journey has ended. Deletes the reply queue, because later answers would not
   * be read. Resolves to undefined when there was no message to send.
   */
  async ended(): Promise<CanaryEnd | undefined> {
    if (!this.claimed.aborted) return undefined;
    const end = await this.#end.promise;
    await this.#options.replies.close();
    return end;
  }

  claim(original: Original): CanaryMessage | 'taken' | 'unsuitable' {
    if (this.claimed.aborted) return 'taken';
    const options = { maxNesting: Number.POSITIVE_INFINITY, isEnd: true };
    const envelope = tryReadEnvelope(original.message.body, options);
    if (envelope === undefined) return 'unsuitable';
    this.#claimed.abort();
    const headers = replyToHeaders(envelope, this.#options.replies.queue);
    const canary = readEnvelope(encodeEnvelope(envelope, { headers }), options);
    return {
      original: { to: original.to, message: { ...original.message, body: canary.bytes } },
      published: (isSent) => void this.#published(canary, original.to, isSent),
    };
  }

  async #published(canary: Envelope, to: string, isSent: boolean): Promise<void> {
    const { id } = canary;
    const name = nameCanary(id);
    if (!isSent) return this.#end.resolve({ id, kind: 'failed', text: `${name} was not sent` });
    // No sidecar answers for an envelope that is sent to happy-end directly.
    const end = to === this.#options.happyEnd ? undefined : await this.#wait(canary);
    this.#end.resolve(end ?? { id, kind: 'passed', text: `${name} reached happy-end` });
  }

  /** Waits for the end of the journey. Returns undefined when all leaves reached happy-end. */
  async #wait(canary: Envelope): Promise<CanaryEnd | undefined> {
    const { replies, waitMs, stopped, onSent } = this.#options;
    const { id: canaryId } = canary;
    onSent(canaryId);
    const tracker = new JourneyTracker();
    tracker.expect(canary);
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), waitMs);
    let failure: string | undefined;
    await waitForAnswers(
      replies,
      tracker,
      AbortSignal.any([over.signal, stopped]),
      ({ id, result }) => {
        if (result.kind !== 'failed') return;
        failure ??= describeFailure(id === canaryId ? '' : `child "${id}": `, result.failure);
        over.abort();
      },
    );
    clearTimeout(timer);
    if (failure !== undefined) {
      const text = `${nameCanary(canaryId)} failed: ${failure}`;
      return { id: canaryId, kind: 'failed', text };
    }
    return tracker.isComplete ? undefined : this.#unanswered(canaryId, tracker);
  }

  #unanswered(id: string, tracker: JourneyTracker): CanaryEnd {
    const name = nameCanary(id);
    const { replies, waitMs, stopped } = this.#options;
    const { received, expected } = tracker.count();
    const answers = `${received} of ${expected} answers had arrived`;
    if (stopped.aborted) return { id, kind: 'stopped', text: `${name} was sent; ${answers}` };
    const { lostReason } = replies;
    const reason =
      lostReason === undefined
        ? `no answer within ${formatDuration(Math.ceil(waitMs))}`
        : `reply queue lost: ${lostReason}`;
    return { id, kind: 'no_answer', text: `${name}: ${reason}; ${answers}` };
  }
}

/** `canary "env-7"` */
export function nameCanary(id: string): string {
  return `canary "${id}"`;
}

function describeFailure(name: string, { fault, actor }: AnswerFailure): string {
  const place = actor === undefined ? '' : ` at "${actor}"`;
  return `${name}${fault.code}${place}: ${faultText(fault)}`;
}
