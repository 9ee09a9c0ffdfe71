import { TRANSPORT_HEADER } from '../../transport/message.ts';
import { SendError, type Delivery, type Transport } from '../../transport/transport.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { describeSendError } from '../queue/sendError.ts';
import { editOriginal, type EditOptions, type Edits } from './edits.ts';
import { restoreOriginal, type Original, type Restored, type RestoreOptions } from './restore.ts';

/** The messages to replay. */
export interface ReplayFilter {
  /** The fault code; undefined for every code. */
  readonly code: string | undefined;
  /** The largest number of messages. */
  readonly limit: number;
}

export interface ReplayOptions {
  readonly transport: Transport;
  readonly queue: string;
  readonly config: RestoreOptions & EditOptions;
  readonly filter: ReplayFilter;
  readonly edits: Edits;
  /** Whether to report only, and to publish nothing. */
  readonly dryRun: boolean;
  /** Ends the wait for a confirm. */
  readonly stopped: AbortSignal;
}

/** The result of one message that matched the filter. */
export interface ReplayResult {
  readonly id: string | undefined;
  readonly code: string | undefined;
  readonly to: string | undefined;
  /** `replayed`, `would be replayed`, or `left:` and the reason. */
  readonly result: string;
}

/** Replays the messages of error-end's queue one by one, and collects the results. */
export class Replayer {
  readonly #options: ReplayOptions;
  readonly #done = new AbortController();
  readonly #results: ReplayResult[] = [];
  #replayed = 0;
  #skipped = 0;
  #failures = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Aborts when the limit is reached, or when no more messages can be sent. */
  get done(): AbortSignal {
    return this.#done.signal;
  }

  /** In the order of the queue. */
  get results(): readonly ReplayResult[] {
    return this.#results;
  }

  /** Number of messages that did not match the filter. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Number of messages that matched the filter and could not be replayed. */
  get failures(): number {
    return this.#failures;
  }

  async replay(delivery: Delivery): Promise<'acknowledge' | 'leave'> {
    const { config, filter, edits } = this.#options;
    const { id, code, original: restored } = restoreOriginal(delivery, config);
    if (filter.code !== undefined && filter.code !== code) {
      this.#skipped++;
      return 'leave';
    }
    const original = 'to' in restored ? editOriginal(restored, edits, config) : restored;
    const problem = await this.#tryReplay(original);
    if (problem !== undefined) this.#failures++;
    const to = 'to' in original ? original.to : undefined;
    this.#results.push({ id, code, to, result: this.#describe(problem) });
    return problem === undefined && !this.#options.dryRun ? 'acknowledge' : 'leave';
  }

  #describe(problem: string | undefined): string {
    if (problem !== undefined) return `left: ${problem}`;
    return this.#options.dryRun ? 'would be replayed' : 'replayed';
  }

  /** @returns the reason that the message cannot be replayed */
  async #tryReplay(original: Restored['original']): Promise<string | undefined> {
    const { queue, dryRun, filter } = this.#options;
    if ('lost' in original) return original.lost;
    if (original.to === queue) return 'its route points to this end';
    const problem = dryRun ? undefined : await this.#publish(original);
    if (problem === undefined && ++this.#replayed >= filter.limit) this.#done.abort();
    return problem;
  }

  /** @returns the reason that the original was not published */
  async #publish({ to, message }: Original): Promise<string | undefined> {
    const { transport, stopped } = this.#options;
    const { publishedAt, replayed } = TRANSPORT_HEADER;
    const headers = { ...message.headers, [publishedAt]: Date.now(), [replayed]: true };
    try {
      await untilStopped(transport.send(to, { ...message, headers }), stopped);
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return `${error.message} before the broker confirmed it`;
      if (!(error instanceof SendError)) throw error;
      if (error.code !== 'unroutable' && error.code !== 'refused') this.#done.abort();
      return describeSendError(error, to);
    }
  }
}
