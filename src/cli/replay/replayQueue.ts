import { parkedQueue } from '../../transport/queues.ts';
import type { QueuedMessage, QueueState } from '../../transport/transport.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
import { describeEmptyQueue, describeLeases } from '../errors/queueReport.ts';
import { drainQueue } from '../queue/drainQueue.ts';
import { messageLimit, openForTaking, type OpenQueue } from '../queue/openForTaking.ts';
import type { Replayer } from './replayer.ts';
import { MAX_UNCONFIRMED, type ReplayRun } from './replayRun.ts';

/**
 * Replays the messages of error-end's queue. Each one is acknowledged after the broker has
 * confirmed its publish; all others stay in the queue.
 */
export async function replayQueue(run: ReplayRun): Promise<ExitCode> {
  const { config, options, context } = run;
  const queue = options.isParked ? parkedQueue(config.errorEnd) : config.errorEnd;
  const source = await openForTaking(config, queue, context);
  try {
    return await Promise.race([source.failed, replayAll(queue, source, run)]);
  } finally {
    await source.transport.close();
  }
}

async function replayAll(queue: string, source: OpenQueue, run: ReplayRun): Promise<ExitCode> {
  const { transport, connected } = source;
  const { stopped } = run.context;
  await untilStopped(connected, stopped);
  const before = await untilStopped(transport.inspect(queue), stopped);
  return run.withCanary(transport, async (canary) => {
    const replayer = run.createReplayer(transport, queue, canary);
    await drain({ queue, source, before }, replayer, run);
    const canaryCode = await run.reportCanary(canary);
    return report({ queue, before, canaryCode }, run);
  });
}

interface QueueReplay {
  readonly queue: string;
  readonly source: OpenQueue;
  /** The state of the queue at the start; undefined when it is not known. */
  readonly before: QueueState | undefined;
}

function drain(
  { queue, source, before }: QueueReplay,
  replayer: Replayer,
  run: ReplayRun,
): Promise<void> {
  const { transport } = source;
  const { stopped, idleTimeoutMs } = run.context;
  return drainQueue({
    transport,
    queue,
    concurrency: MAX_UNCONFIRMED,
    limit: messageLimit(before, run.options.isParked),
    idleTimeoutMs,
    stopped: AbortSignal.any([stopped, replayer.done]),
    async decide(delivery: QueuedMessage) {
      const disposition = await replayer.replay(delivery);
      if (disposition === 'not_matched') run.skip();
      return disposition === 'replayed' ? 'acknowledge' : 'leave';
    },
  });
}

interface QueueOutcome extends Pick<QueueReplay, 'queue' | 'before'> {
  readonly canaryCode: ExitCode;
}

function report({ queue, before, canaryCode }: QueueOutcome, run: ReplayRun): ExitCode {
  run.printResults();
  const leases = describeLeases(queue, before);
  if (leases !== undefined) run.print(leases);
  else if (run.isEmpty) run.print(describeEmptyQueue(queue, before?.consumers));
  const isStopped = run.context.stopped.aborted;
  if (isStopped) run.context.terminal.err(`${STOPPED}; all other messages are in "${queue}"\n`);
  if (canaryCode !== EXIT.done) return canaryCode;
  return run.hasFailures || leases !== undefined || isStopped ? EXIT.failed : EXIT.done;
}
