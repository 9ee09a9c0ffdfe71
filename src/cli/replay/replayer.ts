import { TRANSPORT_HEADER, type Message } from '../../transport/message.ts';
import { SendError, type Transport } from '../../transport/transport.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import type { FailedDelivery } from '../failures/failedForm.ts';
import { readFailedMessage } from '../failures/failedMessage.ts';
import { describeSendError } from '../queue/sendError.ts';
import { editOriginal, type EditOptions, type Edits } from './edits/edits.ts';
import type { Pacer } from './pacer.ts';
import { ReplayLimit } from './replayLimit.ts';
import type { ReplayResult } from './replayResult.ts';
import { restoreOriginal, type Original, type Restored, type RestoreOptions } from './restore.ts';

export interface ReplayerOptions {
  readonly transport: Pick<Transport, 'send'>;
  readonly config: RestoreOptions & EditOptions;
  /** The queue of the failed messages, to which no original is sent. */
  readonly queue: string;
  /** The largest number of messages to replay. */
  readonly limit: number;
  readonly edits: Edits;
  /** Whether to report only, and to publish nothing. */
  readonly dryRun: boolean;
  /** Spaces the publishes; undefined without a rate. */
  readonly pacer: Pacer | undefined;
  /** The message that is sent before all others; undefined without one. */
  readonly canary: CanaryChoice | undefined;
  /** Ends the wait for the confirms of messages that are sent already. */
  readonly stopped: AbortSignal;
  readonly onResult: OnReplayResult;
}

/** Called once for each message that was decided. */
export type OnReplayResult = (result: ReplayResult, message: FailedDelivery) => void;

/** Chooses the message that is sent before all others. */
export interface CanaryChoice {
  /**
   * Claims the role of the canary for an original. `taken` when there is a canary already;
   * `unsuitable` when there is none and the original is not an envelope.
   */
  claim(original: Original): CanaryMessage | 'taken' | 'unsuitable';
}

export interface CanaryMessage {
  readonly original: Original;
  /** Starts the wait for the end of its journey, or ends it when the canary was not sent. */
  published(isSent: boolean): void;
}

/**
 * The result for a message. `undecided`: it was not published and must be read again, because the
 * replay ended before its turn or its confirm.
 */
export type Disposition = 'replayed' | 'left' | 'undecided';

/** Publishes the originals of failed messages. Calls may overlap; publishes keep their order. */
export class Replayer {
  readonly #options: ReplayerOptions;
  readonly #done = new AbortController();
  readonly #limit: ReplayLimit;
  #failure: string | undefined;

  constructor(options: ReplayerOptions) {
    this.#options = options;
    this.#limit = new ReplayLimit(options.limit);
  }

  /** Aborts when the limit is reached, or when no more messages can be sent. */
  get done(): AbortSignal {
    return this.#done.signal;
  }

  /** Why a publish is unconfirmed, so that no more messages are sent; undefined if none is. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Ends the replay: messages that wait for their turn are left. */
  end(): void {
    this.#limit.close();
    this.#done.abort();
  }

  /**
   * Replays a message that matches.
   * @param position the line of a file, as `FILE:LINE`
   */
  async replay(message: FailedDelivery, position?: string): Promise<Disposition> {
    const { config, dryRun, onResult } = this.#options;
    const failed = readFailedMessage(message, config);
    const original = this.#restore(message);
    const to = 'to' in original ? original.to : undefined;
    const report: Report = (end) =>
      onResult({ position, id: failed.id, code: failed.code, to, ...end }, message);
    if ('lost' in original) {
      report({ outcome: 'left', reason: original.lost });
      return 'left';
    }
    if (!(await this.#limit.admit())) return 'undecided';
    if (!dryRun) return this.#send(original, report);
    report({ outcome: 'would_be_replayed' });
    this.#record(true);
    return 'left';
  }

  #restore(message: FailedDelivery): Restored['original'] {
    const { config, edits, queue } = this.#options;
    const { original } = restoreOriginal(message, config);
    if ('lost' in original) return original;
    const edited = editOriginal(original, edits, config);
    const isForQueue = 'to' in edited && edited.to === queue;
    return isForQueue ? { lost: 'its route points to this end' } : edited;
  }

  async #send(original: Original, report: Report): Promise<Disposition> {
    const attempt = await this.#attempt(original);
    this.#record(attempt.kind === 'sent');
    if (attempt.kind === 'no_turn') return 'undecided';
    if (attempt.kind === 'sent') {
      report({ outcome: 'replayed' });
      return 'replayed';
    }
    report({ outcome: 'left', reason: attempt.reason });
    return attempt.mayBeStored ? 'undecided' : 'left';
  }

  async #attempt(original: Original): Promise<Attempt> {
    const canary = this.#options.canary?.claim(original) ?? 'taken';
    if (canary === 'taken') {
      return (await this.#isInTurn()) ? this.#publish(original) : { kind: 'no_turn' };
    }
    if (canary === 'unsuitable') {
      const reason = 'not an envelope, so it cannot be the canary';
      return { kind: 'failed', reason, mayBeStored: false };
    }
    const attempt = await this.#publish(canary.original);
    canary.published(attempt.kind === 'sent');
    return attempt;
  }

  /** Waits for the pace. Resolves to false when the replay ends first. */
  async #isInTurn(): Promise<boolean> {
    // A turn rejects when a signal interrupts its wait.
    await this.#options.pacer?.turn().catch(() => undefined);
    return !this.#done.signal.aborted;
  }

  #record(isReplayed: boolean): void {
    this.#limit.record(isReplayed);
    if (this.#limit.isReached) this.#done.abort();
  }

  #fail(reason: string): void {
    this.#failure ??= reason;
    this.end();
  }

  async #publish({ to, message }: Original): Promise<Attempt> {
    const { transport, stopped } = this.#options;
    try {
      await untilStopped(transport.send(to, markReplayed(message)), stopped);
      return { kind: 'sent' };
    } catch (error) {
      if (error instanceof CommandError) {
        const reason = `${error.message} before the broker confirmed it`;
        return { kind: 'failed', reason, mayBeStored: true };
      }
      if (!(error instanceof SendError)) throw error;
      const mayBeStored = error.code !== 'unroutable' && error.code !== 'refused';
      const reason = describeSendError(error, to);
      if (mayBeStored) this.#fail(reason);
      return { kind: 'failed', reason, mayBeStored };
    }
  }
}

/** The result of an attempt to publish. */
type Attempt =
  | { readonly kind: 'sent' }
  /** `mayBeStored`: the broker is not known to have refused the message. */
  | { readonly kind: 'failed'; readonly reason: string; readonly mayBeStored: boolean }
  /** The replay ended before the turn of the message. */
  | { readonly kind: 'no_turn' };

type Report = (end: Pick<ReplayResult, 'outcome' | 'reason'>) => void;

function markReplayed(message: Message): Message {
  const { publishedAt, replayed } = TRANSPORT_HEADER;
  const headers = { ...message.headers, [publishedAt]: Date.now(), [replayed]: true };
  return { ...message, headers };
}
