import { createSleep } from '../../backoff.ts';
import type { Config } from '../../config/config.ts';
import type { Transport } from '../../transport/transport.ts';
import { SECOND } from '../../units.ts';
import type { CommandContext } from '../command/command.ts';
import type { ReplayOptions } from './options.ts';
import { Pacer } from './pacer.ts';
import { Replayer, type CanaryGate } from './replayer.ts';
import { JsonReport, TableReport, type ReplayReport } from './replayReport.ts';
import type { ReplayResult } from './replayResult.ts';

/** The largest number of unconfirmed publishes. */
export const MAX_UNCONFIRMED = 100;

/** The time for confirms that are on their way when a signal stops the command. */
const CONFIRM_GRACE_MS = SECOND / 2;

/** One run of `errors replay`: what it was asked to do, and what it has done so far. */
export class ReplayRun {
  readonly options: ReplayOptions;
  readonly config: Config;
  readonly context: CommandContext;
  readonly #report: ReplayReport;
  #replayed = 0;
  #notMatched = 0;
  #left = 0;

  constructor(options: ReplayOptions, config: Config, context: CommandContext) {
    const { terminal } = context;
    this.options = options;
    this.config = config;
    this.context = context;
    this.#report = options.json ? new JsonReport(terminal) : new TableReport(terminal);
  }

  /** @param queue the queue of the failed messages, to which no original is sent */
  createReplayer(transport: Transport, queue: string, canary?: CanaryGate): Replayer {
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
    if (result.outcome === 'left') this.#left++;
    else this.#replayed++;
    this.#report.add(result);
    this.#showProgress();
  }

  skip(): void {
    this.#notMatched++;
    this.#showProgress();
  }

  /** Prints the results, and how many messages do not match. */
  printResults(): void {
    this.#report.end();
    const count = this.#notMatched;
    if (count === 0) return;
    this.print(count === 1 ? '1 message does not match' : `${count} messages do not match`);
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
