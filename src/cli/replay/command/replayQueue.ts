import type { QueuedMessage } from '../../../transport/inspection/queueReader.ts';
import { EXIT, type ExitCode } from '../../command/exit.ts';
import { STOPPED } from '../../command/signals.ts';
import { errorQueueOf, type ErrorQueue } from '../../errorQueue/errorQueue.ts';
import { describeEmptyQueue, describeGap, describeLeases } from '../../errorQueue/queueReport.ts';
import { readFailedMessage } from '../../failures/failedMessage.ts';
import { replayQueue as replay, type QueueReplayEnd } from '../replayQueue.ts';
import { canaryCodeOf, type ReplayRun } from './replayRun.ts';

/** Replays the messages of error-end's queue that match, and prints the results. */
export async function replayQueue(run: ReplayRun): Promise<ExitCode> {
  const { config, options } = run;
  const queue = errorQueueOf(options.isParked, config);
  try {
    const onRound = (): void => run.restartCount();
    const end = await replay({ queue, match: matcher(run), onRound }, run.replay);
    return report(queue, end, run);
  } catch (error) {
    run.printResults();
    throw error;
  }
}

/** Counts the messages that do not match. */
function matcher(run: ReplayRun): (message: QueuedMessage) => boolean {
  const { options, config } = run;
  return (message) => {
    const isMatch = options.filter.matches(readFailedMessage(message, config));
    if (!isMatch) run.skip();
    return isMatch;
  };
}

function report(queue: ErrorQueue, end: QueueReplayEnd, run: ReplayRun): ExitCode {
  const { before, canary, isComplete } = end;
  const gap = isComplete ? describeGap(queue, end, run.context) : undefined;
  const { name } = queue;
  run.printResults();
  const isStopped = run.context.stopped.aborted;
  const isFound = !isComplete || isStopped || run.printNotMatching(`"${name}"`);
  const leases = describeLeases(name, before);
  if (leases !== undefined) run.print(leases);
  else if (gap !== undefined && !isStopped) run.print(gap);
  else if (run.isEmpty && !isStopped)
    run.print(describeEmptyQueue(name, before?.consumers, run.config));
  if (isStopped) run.context.terminal.err(`${STOPPED}; all other messages are in "${name}"\n`);
  const canaryCode = canaryCodeOf(canary);
  if (canaryCode !== EXIT.done) return canaryCode;
  const isRead = leases === undefined && gap === undefined && !isStopped;
  const isDone = !run.hasFailures && isFound && isRead;
  return isDone ? EXIT.done : EXIT.failed;
}
