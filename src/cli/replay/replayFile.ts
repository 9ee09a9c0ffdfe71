import { CommandError, EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
import { TaskWindow } from '../../taskWindow.ts';
import type { InspectableTransport } from '../../transport/transport.ts';
import { printable } from '../terminal/printable.ts';
import { readArchivedMessages, type ArchivedLine } from './archivedMessages.ts';
import { LineProgress } from './lineProgress.ts';
import type { Replayer } from './replayer.ts';
import { MAX_UNCONFIRMED, type ReplayRun } from './replayRun.ts';

/**
 * Replays the messages in a file. The file is not changed, so a second run sends them again.
 * @param file `-` is standard input
 */
export async function replayFile(file: string, run: ReplayRun): Promise<ExitCode> {
  const refused = new AbortController();
  const transport = await openTransport(run, refused);
  try {
    return await run.withCanary(transport, async (canary) => {
      const replayer = run.createReplayer(transport, run.config.errorEnd, canary);
      refused.signal.addEventListener('abort', () => replayer.end(), { once: true });
      const progress = await replayLines(file, replayer, run);
      const canaryCode = await run.reportCanary(canary);
      run.printResults();
      if (refused.signal.aborted) throw new CommandError(String(refused.signal.reason));
      return report({ file, progress, canaryCode }, replayer, run);
    });
  } finally {
    await transport.close();
  }
}

/** Opens a transport. A refused login closes it, so that pending publishes fail. */
function openTransport(
  { config, context }: ReplayRun,
  refused: AbortController,
): Promise<InspectableTransport> {
  const opening = context.openTransport({
    config,
    onState({ disconnect }) {
      if (disconnect?.refused !== true) return;
      refused.abort(disconnect.reason);
      void opening.then((transport) => transport.close());
    },
    log: context.log,
  });
  return untilStopped(opening, context.stopped);
}

async function replayLines(
  file: string,
  replayer: Replayer,
  run: ReplayRun,
): Promise<LineProgress> {
  const { stdin, stopped } = run.context;
  const ended = AbortSignal.any([stopped, replayer.done]);
  const lines = readArchivedMessages(file, stdin, ended);
  const name = file === '-' ? 'stdin' : file;
  const window = new TaskWindow(MAX_UNCONFIRMED);
  const progress = new LineProgress();
  for await (const { number, content } of lines) {
    progress.start(number);
    window.start(async () => {
      const isDecided = await replayLine(content, `${name}:${number}`, replayer, run);
      if (isDecided) progress.complete(number);
    });
    if (!(await window.hasRoom())) break;
  }
  await window.ended();
  return progress;
}

/** Resolves to false when the message must be sent again. */
async function replayLine(
  content: ArchivedLine['content'],
  position: string,
  replayer: Replayer,
  run: ReplayRun,
): Promise<boolean> {
  if ('problem' in content) {
    const unknown = { id: undefined, code: undefined, to: undefined };
    run.add({ position, ...unknown, outcome: 'left', reason: content.problem });
    return true;
  }
  const disposition = await replayer.replay(content, position);
  if (disposition === 'not_matched') run.skip();
  return disposition !== 'undecided';
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
  const isInterrupted = isStopped || replayer.hasFailed || canaryCode !== EXIT.done;
  if (run.isEmpty && !isInterrupted) run.print(`there is no message in ${printable(file)}`);
  if (!isInterrupted) return run.hasFailures ? EXIT.failed : EXIT.done;
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
