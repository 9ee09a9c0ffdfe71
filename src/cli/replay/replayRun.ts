import { createSleep } from '../../backoff.ts';
import type { Config } from '../../config/config.ts';
import type { ReplyTransport, Transport } from '../../transport/transport.ts';
import { SECOND } from '../../units.ts';
import type { CommandContext } from '../command/command.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { countOf, describeMissingIds } from '../errors/queueReport.ts';
import { openReplies } from '../replies/openReplies.ts';
import { printable } from '../terminal/printable.ts';
import type { ReplayOptions } from './options.ts';
import { Pacer } from './pacer.ts';
import { waitingAt } from './rate.ts';
import { Canary } from './canary.ts';
import { Replayer } from './replayer.ts';
import { JsonReport, TableReport, type ReplayReport } from './replayReport.ts';
import type { ReplayResult } from './replayResult.ts';

/** The largest number of unconfirmed publishes. */
const MAX_UNCONFIRMED = 100;

/** The time for confirms that are on their way when a signal stops the command. */
const CONFIRM_GRACE_MS = SECOND / 2;

/** One run of `errors replay`: its options, and its results so far. */
export class ReplayRun {
  readonly options: ReplayOptions;
  readonly config: Config;
  readonly context: CommandContext;
  readonly #report: ReplayReport;
  #replayed = 0;
  #notMatched = 0;
  #left = 0;
  /** The ids of the filter that no message has had so far. */
  readonly #missingIds: Set<string>;

  constructor(options: ReplayOptions, config: Config, context: CommandContext) {
    const { terminal } = context;
    this.options = options;
    this.config = config;
    this.context = context;
    this.#missingIds = new Set(options.filter.ids);
    this.#report = options.json ? new JsonReport(terminal) : new TableReport(terminal);
  }

  /** The largest number of messages that wait for their turn or their confirm. */
  get concurrency(): number {
    const { rate } = this.options;
    return Math.min(MAX_UNCONFIRMED, rate === undefined ? MAX_UNCONFIRMED : waitingAt(rate));
  }

  /**
   * Runs a replay. The reply queue of its canary is open until the replay has ended. The canary is
   * undefined in a run without one.
   * @throws {CommandError}
   */
  async withCanary<T>(
    transport: ReplyTransport,
    replay: (canary: Canary | undefined) => Promise<T>,
  ): Promise<T> {
    const { options, config, context } = this;
    if (options.canary === undefined || options.dryRun) return replay(undefined);
    const replies = await untilStopped(openReplies(transport), context.stopped);
    const canary = new Canary({
      replies,
      happyEnd: config.happyEnd,
      waitMs: options.canary.waitMs ?? 2 * config.runtime.timeoutMs,
      stopped: context.stopped,
      onSent: (name) =>
        context.terminal.err(`${printable(name)} was sent; waiting for the end of its journey\n`),
    });
    try {
      return await replay(canary);
    } finally {
      await replies.close();
    }
  }

  /** @param queue the queue of the failed messages, to which no original is sent */
  createReplayer(transport: Transport, queue: string, canary: Canary | undefined): Replayer {
    const { options, config, context } = this;
    const { filter, edits, dryRun, rate } = options;
    const ended = new AbortController();
    const ends = AbortSignal.any([context.stopped, ended.signal]);
    const replayer = new Replayer({
      transport,
      queue,
      config,
      filter,
      edits,
      dryRun,
      canary,
      pacer: rate && new Pacer(rate, createSleep(ends)),
      stopped: abortLater(context.stopped, CONFIRM_GRACE_MS),
      onResult: (result) => this.add(result),
    });
    replayer.done.addEventListener('abort', () => ended.abort(), { once: true });
    context.stopped.addEventListener('abort', () => replayer.end(), { once: true });
    return replayer;
  }

  add(result: ReplayResult): void {
    if (result.id !== undefined) this.#missingIds.delete(result.id);
    if (result.outcome === 'left') this.#left++;
    else this.#replayed++;
    this.#report.add(result);
    this.#showProgress();
  }

  skip(): void {
    this.#notMatched++;
    this.#showProgress();
  }

  /** Counts the messages that do not match from 0, because the queue is read again. */
  restartCount(): void {
    this.#notMatched = 0;
  }

  /** Prints the results that are not printed yet. */
  printResults(): void {
    this.#report.end();
  }

  /**
   * Prints how many messages do not match, after all messages were read.
   * @param source the name of the queue in quotes, or of the file
   * @returns whether each id of the filter was found
   */
  printNotMatching(source: string): boolean {
    const { terminal } = this.context;
    const count = this.#notMatched;
    const missing = describeMissingIds(this.#missingIds, source);
    if (missing !== undefined && !this.isEmpty) terminal.err(`${printable(missing)}\n`);
    const messages = countOf(count, 'message');
    if (this.#replayed + this.#left > 0) {
      if (count > 0) this.print(`${messages} ${count === 1 ? 'does' : 'do'} not match`);
    } else if (count > 0 && missing === undefined) {
      terminal.err(`no message matches; looked through ${messages} of ${source}\n`);
    }
    return missing === undefined;
  }

  /** Prints a remark: on standard error when standard output is JSON. */
  print(remark: string): void {
    const { terminal } = this.context;
    if (this.options.json) terminal.err(`${remark}\n`);
    else terminal.out(`${remark}\n`);
  }

  get isEmpty(): boolean {
    return this.#replayed + this.#left + this.#notMatched === 0;
  }

  /** Whether a message that matched the filters could not be replayed. */
  get hasFailures(): boolean {
    return this.#left > 0;
  }

  /**
   * Waits for the end of the canary's journey, prints it, and returns its exit code. The other
   * messages may be sent if it is `EXIT.done`.
   */
  async awaitCanary(canary: Canary): Promise<ExitCode> {
    const end = await canary.ended();
    if (end === undefined) return EXIT.done;
    const { kind, text } = end;
    const rest = kind === 'passed' ? '' : '; no other message was sent';
    this.context.terminal.err(`${printable(text)}${rest}\n`);
    if (kind === 'passed') return EXIT.done;
    return kind === 'no_answer' ? EXIT.timeOver : EXIT.failed;
  }

  #showProgress(): void {
    const verb = this.options.dryRun ? 'would be replayed' : 'replayed';
    this.context.terminal.progress(
      `${this.#replayed} ${verb}, ${this.#left} left, ${this.#notMatched} not matching`,
    );
  }
}

/** A signal that aborts some time after another one. */
function abortLater(signal: AbortSignal, delayMs: number): AbortSignal {
  const later = new AbortController();
  const abort = (): void => void setTimeout(() => later.abort(), delayMs);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return later.signal;
}
