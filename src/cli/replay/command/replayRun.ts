import type { Config } from '../../../config/config.ts';
import type { CommandContext } from '../../command/command.ts';
import { EXIT, type ExitCode } from '../../command/exit.ts';
import { countOf, describeMissingIds } from '../../errorQueue/queueReport.ts';
import { printable } from '../../terminal/printable.ts';
import { nameCanary, type CanaryEnd } from '../canary.ts';
import { Replay } from '../replay.ts';
import type { ReplayResult } from '../replayResult.ts';
import type { ReplayOptions } from './options.ts';
import { JsonReport, TableReport, type ReplayReport } from './replayReport.ts';

/** One run of `errors replay`: its replay, and its results so far, which it prints. */
export class ReplayRun {
  readonly options: ReplayOptions;
  readonly config: Config;
  readonly context: CommandContext;
  readonly replay: Replay;
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
    const events = {
      onResult: (result: ReplayResult) => this.add(result),
      onSent: (id: string) => this.#printSent(id),
      onCanaryEnd: (end: CanaryEnd) => this.#printCanary(end),
    };
    const { limit } = options.filter;
    this.replay = new Replay({ ...options, limit }, events, { config, context });
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

  #printSent(id: string): void {
    const name = printable(nameCanary(id));
    this.context.terminal.err(`${name} was sent; waiting for the end of its journey\n`);
  }

  #printCanary({ kind, text }: CanaryEnd): void {
    const rest = kind === 'passed' ? '' : '; no other message was sent';
    this.context.terminal.err(`${printable(text)}${rest}\n`);
  }

  #showProgress(): void {
    const verb = this.options.dryRun ? 'would be replayed' : 'replayed';
    this.context.terminal.progress(
      `${this.#replayed} ${verb}, ${this.#left} left, ${this.#notMatched} not matching`,
    );
  }
}

/** The exit code of a replay whose canary has ended. The others were sent if it is `EXIT.done`. */
export function canaryCodeOf(end: CanaryEnd | undefined): ExitCode {
  if (end === undefined || end.kind === 'passed') return EXIT.done;
  return end.kind === 'no_answer' ? EXIT.timeOver : EXIT.failed;
}
