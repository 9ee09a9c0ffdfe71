import { CommandError, EXIT, type ExitCode } from '../../command/exit.ts';
import { STOPPED } from '../../command/signals.ts';
import {
  onFailed,
  openCommandTransport,
  untilConnected,
} from '../../connection/commandTransport.ts';
import { TaskWindow } from '../../../taskWindow.ts';
import { readFailedMessage } from '../../failures/failedMessage.ts';
import { printable } from '../../terminal/printable.ts';
import { readArchivedMessages, type ArchivedLine } from '../../archive/archivedMessages.ts';
import type { Canary } from '../canary.ts';
import { LineProgress } from './lineProgress.ts';
import type { Replayer } from '../replayer.ts';
import { canaryCodeOf, type ReplayRun } from './replayRun.ts';

/**
 * Replays the messages in a file. The file is not changed, so a second run sends them again.
 * @param file `-` is standard input
 */
export async function replayFile(file: string, run: ReplayRun): Promise<ExitCode> {
  const { config, context } = run;
  const opened = await openCommandTransport({ config, context });
  const { transport, failed } = opened;
  try {
    await untilConnected(opened, context.stopped);
    // Pending publishes fail when the transport is closed.
    onFailed(failed, () => void opened.close());
    return await run.replay.withCanary(transport, async (canary) => {
      const replayer = run.replay.createReplayer(transport, config.errorEnd, canary);
      onFailed(failed, () => replayer.end());
      const replay = new FileReplay(file, replayer, run);
      let canaryCode: ExitCode = EXIT.done;
      try {
        if (canary !== undefined) canaryCode = await replay.sendCanary(canary);
        if (canaryCode === EXIT.done) await replay.sendAll();
      } finally {
        run.printResults();
      }
      if (failed.aborted) throw new CommandError(String(failed.reason));
      return report({ file, progress: replay.progress, canaryCode }, replayer, run);
    });
  } finally {
    await opened.close();
  }
}

/** Reads the lines of a file: up to the canary, and then the others. */
class FileReplay {
  readonly progress = new LineProgress();
  readonly #name: string;
  readonly #lines: AsyncGenerator<ArchivedLine>;
  readonly #replayer: Replayer;
  readonly #run: ReplayRun;

  constructor(file: string, replayer: Replayer, run: ReplayRun) {
    const { stdin, stopped } = run.context;
    this.#name = file === '-' ? 'stdin' : file;
    this.#lines = readArchivedMessages(file, stdin, AbortSignal.any([stopped, replayer.done]));
    this.#replayer = replayer;
    this.#run = run;
  }

  /** @returns the exit code of the canary */
  async sendCanary(canary: Canary): Promise<ExitCode> {
    await this.#send(canary.claimed, 1);
    return canaryCodeOf(await this.#run.replay.awaitCanary(canary));
  }

  sendAll(): Promise<void> {
    return this.#send(this.#replayer.done, this.#run.replay.concurrency);
  }

  async #send(ended: AbortSignal, concurrency: number): Promise<void> {
    const window = new TaskWindow(concurrency);
    while ((await window.hasRoom()) && !ended.aborted) {
      const { done, value: line } = await this.#lines.next();
      if (done === true) break;
      this.progress.start(line.number);
      window.start(async () => {
        if (await this.#replay(line)) this.progress.complete(line.number);
      });
    }
    await window.ended();
  }

  /** Resolves to false when the message must be sent again. */
  async #replay({ number, content }: ArchivedLine): Promise<boolean> {
    const position = `${this.#name}:${number}`;
    if ('problem' in content) {
      const unknown = { id: undefined, code: undefined, to: undefined };
      this.#run.add({ position, ...unknown, outcome: 'left', reason: content.problem });
      return true;
    }
    const { options, config } = this.#run;
    if (options.filter.matches(readFailedMessage(content, config))) {
      return (await this.#replayer.replay(content, position)) !== 'undecided';
    }
    this.#run.skip();
    return true;
  }
}

interface FileOutcome {
  readonly file: string;
  readonly progress: LineProgress;
  readonly canaryCode: ExitCode;
}

function report(
  { file, progress, canaryCode }: FileOutcome,
  replayer: Replayer,
  run: ReplayRun,
): ExitCode {
  const { stopped, terminal } = run.context;
  const isStopped = stopped.aborted;
  const isInterrupted = isStopped || replayer.failure !== undefined || canaryCode !== EXIT.done;
  if (run.isEmpty && !isInterrupted) run.print(`there is no message in ${printable(file)}`);
  const isFound = isInterrupted || replayer.done.aborted || run.printNotMatching(printable(file));
  if (!isInterrupted) return run.hasFailures || !isFound ? EXIT.failed : EXIT.done;
  const line = progress.completeThrough;
  const reason = isStopped ? `${STOPPED}; ` : '';
  terminal.err(`${reason}all lines up to ${line} are done${describeRest(file, line + 1)}\n`);
  return canaryCode === EXIT.done ? EXIT.failed : canaryCode;
}

/** How the rest of the file is replayed. */
function describeRest(file: string, line: number): string {
  if (file === '-') return '';
  return `. Continue with: tail -n +${line} ${printable(file)} | asya-sidecar errors replay --from -`;
}
