import { parkedQueue } from '../../transport/queues.ts';
import type { Delivery, QueueState } from '../../transport/transport.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
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
    const replayer = run.createReplayer(source.transport, queue);
    const replaying = replayAll({ queue, source, replayer }, run);
    const before = await Promise.race([source.failed, replaying]);
    return report(queue, before, run);
  } finally {
    await source.transport.close();
  }
}

interface Replay {
  readonly queue: string;
  readonly source: OpenQueue;
  readonly replayer: Replayer;
}

/** @returns the state of the queue at the start; undefined when it is not known */
async function replayAll(
  { queue, source, replayer }: Replay,
  run: ReplayRun,
): Promise<QueueState | undefined> {
  const { transport, connected, connectionLosses } = source;
  const { stopped, idleTimeoutMs } = run.context;
  await untilStopped(connected, stopped);
  const state = await untilStopped(transport.inspect(queue), stopped);
  await drainQueue({
    transport,
    queue,
    concurrency: MAX_UNCONFIRMED,
    limit: messageLimit(state, run.options.isParked),
    idleTimeoutMs,
    stopped: AbortSignal.any([stopped, replayer.done]),
    connectionLosses,
    async decide(delivery: Delivery) {
      const disposition = await replayer.replay(delivery);
      if (disposition === 'not_matched') run.skip();
      return disposition === 'replayed' ? 'acknowledge' : 'leave';
    },
  });
  return state;
}

/** @param before the state of the queue at the start */
function report(queue: string, before: QueueState | undefined, run: ReplayRun): ExitCode {
  run.printResults();
  const leased = before?.leased;
  if (leased !== undefined) run.print(describeLeases(leased, queue));
  else if (run.isEmpty) run.print(describeEmptyQueue(queue, before?.consumers ?? 0));
  const isStopped = run.context.stopped.aborted;
  if (isStopped) run.context.terminal.err(`${STOPPED}; all other messages are in "${queue}"\n`);
  return run.hasFailures || leased !== undefined || isStopped ? EXIT.failed : EXIT.done;
}

function describeLeases(
  { count, untilMs }: NonNullable<QueueState['leased']>,
  queue: string,
): string {
  const messages = count === 1 ? '1 message of' : `${count} messages of`;
  const until = new Date(untilMs).toISOString();
  return `${messages} "${queue}" ${count === 1 ? 'is' : 'are'} held by another process until ${until}, or longer if it still runs`;
}

function describeEmptyQueue(queue: string, consumers: number): string {
  if (consumers === 0) return `there is nothing in "${queue}"`;
  const noun = consumers === 1 ? '1 consumer' : `${consumers} consumers`;
  return `there is nothing in "${queue}": ${noun} of the queue may have received the messages`;
}
