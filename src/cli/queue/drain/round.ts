import type {
  Look,
  QueueReader,
  QueuedMessage,
  Take,
  Verdict,
} from '../../../transport/inspection/queueReader.ts';
import type { DecidedMessages } from './decidedMessages.ts';
import { PendingMessages } from './pendingMessages.ts';
import { TaskWindow } from '../../../taskWindow.ts';

export interface RoundOptions {
  readonly transport: Pick<QueueReader, 'take'>;
  readonly queue: string;
  /**
   * Selects the messages to decide; the others are left. May be called again for a message in a
   * later round.
   * @default every message
   */
  readonly match?: (message: QueuedMessage) => boolean;
  /** Called once for each message that matches, in order. */
  readonly decide: (message: QueuedMessage) => Promise<Verdict>;
  /**
   * The largest number of pending verdicts.
   * @default 1
   */
  readonly concurrency?: number;
  /** The queue counts as read when no message arrives for this time, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Ends the drain before the next message. */
  readonly stopped: AbortSignal;
}

export interface RoundResult {
  readonly look: Look;
  /** The number of messages that were decided in this round. */
  readonly decided: number;
  readonly acknowledged: number;
  /** The number of messages that match and are left for the next round. */
  readonly deferred: number;
  /** Whether the broker has all acks. */
  readonly isConfirmed: boolean;
}

/**
 * One take of a drain. Reads messages and decides those that match, until all are decided or
 * `durationMs` has passed; then the others return to the queue in order.
 */
export class Round {
  readonly #options: RoundOptions;
  readonly #verdicts: DecidedMessages;
  readonly #pending = new PendingMessages();
  readonly #window: TaskWindow;
  readonly #acksAgain: Promise<void>[] = [];
  readonly #over = new AbortController();
  #decided = 0;
  #acknowledged = 0;
  #deferred = 0;

  constructor(options: RoundOptions, verdicts: DecidedMessages) {
    this.#options = options;
    this.#verdicts = verdicts;
    this.#window = new TaskWindow(options.concurrency ?? 1);
  }

  /**
   * @param limit the largest number of messages to read
   * @throws {LookError}
   * @throws the error of the first decision that failed
   */
  async run(limit: number, durationMs: number): Promise<RoundResult> {
    const { transport, queue, idleTimeoutMs, stopped } = this.#options;
    const ended = AbortSignal.any([stopped, this.#over.signal]);
    const options = {
      limit,
      idleTimeoutMs,
      stopped: ended,
      drained: () => this.#pending.drained(),
    };
    const take = await transport.take(queue, (message) => this.#receive(message, take), options);
    const onEnd = (): void => this.#pending.end();
    ended.addEventListener('abort', onEnd, { once: true });
    const timer = setTimeout(() => this.#over.abort(), durationMs);
    let isConfirmed = false;
    let look: Look;
    try {
      look = await this.#readAndDecide(take, ended);
    } finally {
      clearTimeout(timer);
      ended.removeEventListener('abort', onEnd);
      isConfirmed = await this.#release(take);
    }
    const [decided, acknowledged, deferred] = [this.#decided, this.#acknowledged, this.#deferred];
    return { look, decided, acknowledged, deferred, isConfirmed };
  }

  /** The number of messages that were decided. */
  get decided(): number {
    return this.#decided;
  }

  async #readAndDecide(take: Take, ended: AbortSignal): Promise<Look> {
    const reading = take.read().finally(() => this.#pending.end());
    reading.catch(() => {}); // awaited below, after the messages that were read are decided
    while (await this.#window.hasRoom()) {
      const message = ended.aborted ? undefined : await this.#pending.next();
      if (message === undefined) break;
      if (ended.aborted) this.#deferred++;
      else this.#window.start(() => this.#decide(message, take));
    }
    this.#over.abort();
    await this.#window.ended();
    return reading;
  }

  #receive(message: QueuedMessage, take: Take): void {
    const known = this.#verdicts.recall(message);
    if (known === 'acknowledge') this.#acksAgain.push(this.#ackAgain(message, take));
    const isNew = known === undefined && (this.#options.match?.(message) ?? true);
    if (isNew && !this.#pending.push(message, (read) => take.keep(read))) this.#deferred++;
  }

  async #decide(message: QueuedMessage, take: Take): Promise<void> {
    // Another consumer has the message, or the connection was lost.
    if (!(await take.claim(message))) return;
    this.#decided++;
    const verdict = await this.#options.decide(message);
    const isSettled = await take.settle(message, verdict);
    this.#verdicts.remember(message, verdict, isSettled);
    if (verdict === 'acknowledge' && isSettled) this.#acknowledged++;
  }

  /** Repeats an ack that was lost with the connection. */
  async #ackAgain(message: QueuedMessage, take: Take): Promise<void> {
    if (!(await take.claim(message))) return;
    if (await take.settle(message, 'acknowledge')) this.#acknowledged++;
  }

  async #release(take: Take): Promise<boolean> {
    await Promise.all(this.#acksAgain);
    this.#deferred += this.#pending.drop();
    const isConfirmed = await take.release();
    this.#verdicts.endRound(isConfirmed);
    return isConfirmed;
  }
}
