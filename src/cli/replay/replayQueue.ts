import { parkedQueue } from '../../transport/queues.ts';
import { createIdentify } from '../../transport/message.ts';
import type { QueueState } from '../../transport/inspection/inspectableTransport.ts';
import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import type { QueueReader } from '../../transport/inspection/queueReader.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED, untilStopped } from '../command/signals.ts';
import { describeEmptyQueue, describeLeases } from '../errors/queueReport.ts';
import { drainQueue } from '../queue/drainQueue.ts';
import { messageLimit, openForTaking, type OpenQueue } from '../queue/openForTaking.ts';
import type { Canary } from './canary.ts';
import type { Disposition, Replayer } from './replayer.ts';
import type { ReplayRun } from './replayRun.ts';

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
  } catch (error) {
    run.printResults();
    throw error;
  } finally {
    await source.close();
  }
}

async function replayAll(queue: string, source: OpenQueue, run: ReplayRun): Promise<ExitCode> {
  const { transport, connected } = source;
  const { stopped } = run.context;
  await untilStopped(connected, stopped);
  const before = await untilStopped(transport.inspect(queue), stopped);
  return run.withCanary(transport, async (canary) => {
    const replayer = run.createReplayer(transport, queue, canary);
    const replay = new QueueReplay({ queue, source, before }, replayer, run);
    const canaryCode = canary === undefined ? EXIT.done : await replay.sendCanary(canary);
    if (canaryCode === EXIT.done) await replay.sendAll();
    const isComplete = canaryCode === EXIT.done && !replayer.done.aborted;
    return report({ queue, before, canaryCode, isComplete }, run);
  });
}

interface QueueSource {
  readonly queue: string;
  readonly source: OpenQueue;
  /** The state of the queue at the start; undefined when it is not known. */
  readonly before: QueueState | undefined;
}

/** Reads the queue: once for the canary, and once for all others. */
class QueueReplay {
  readonly #source: QueueSource;
  readonly #replayer: Replayer;
  readonly #run: ReplayRun;
  readonly #identify = createIdentify();
  /** The messages that were left before the canary was sent. They are not reported again. */
  readonly #left = new Set<string>();
  #limit: number;

  constructor(source: QueueSource, replayer: Replayer, run: ReplayRun) {
    this.#source = source;
    this.#replayer = replayer;
    this.#run = run;
    this.#limit = messageLimit(source.before, run.options.isParked);
  }

  /**
   * Sends the first message. All others are back in the queue while the journey of the canary
   * lasts, which may be longer than the broker lets a consumer hold messages.
   * @returns the exit code of the canary
   */
  async sendCanary(canary: Canary): Promise<ExitCode> {
    await this.#drain(canary.claimed, 1, async (message) => {
      const disposition = await this.#replayer.replay(message);
      if (disposition === 'left') this.#left.add(this.#identify(message));
      if (disposition === 'replayed') this.#limit--;
      return disposition;
    });
    return this.#run.awaitCanary(canary);
  }

  sendAll(): Promise<void> {
    return this.#drain(this.#replayer.done, this.#run.concurrency, (message) =>
      this.#replayer.replay(message),
    );
  }

  #drain(
    ended: AbortSignal,
    concurrency: number,
    replay: (message: QueuedMessage) => Promise<Disposition>,
  ): Promise<void> {
    const { queue } = this.#source;
    const { stopped, idleTimeoutMs } = this.#run.context;
    return drainQueue({
      transport: this.#countedTransport(),
      queue,
      concurrency,
      limit: this.#limit,
      idleTimeoutMs,
      stopped: AbortSignal.any([stopped, ended, this.#replayer.done]),
      match: (message) => this.#matches(message),
      decide: async (message) => ((await replay(message)) === 'replayed' ? 'acknowledge' : 'leave'),
    });
  }

  /** Each take reads all messages that are left again. */
  #countedTransport(): Pick<QueueReader, 'take'> {
    const { transport } = this.#source.source;
    return {
      take: (...args) => {
        this.#run.restartCount();
        return transport.take(...args);
      },
    };
  }

  #matches(message: QueuedMessage): boolean {
    const isLeft = this.#left.size > 0 && this.#left.has(this.#identify(message));
    const isMatch = !isLeft && this.#replayer.matches(message);
    if (!isMatch && !isLeft) this.#run.skip();
    return isMatch;
  }
}

interface QueueOutcome extends Pick<QueueSource, 'queue' | 'before'> {
  readonly canaryCode: ExitCode;
  /** Whether all messages were read. */
  readonly isComplete: boolean;
}

function report(outcome: QueueOutcome, run: ReplayRun): ExitCode {
  const { queue, before, canaryCode, isComplete } = outcome;
  run.printResults();
  const isStopped = run.context.stopped.aborted;
  const isFound = !isComplete || isStopped || run.printNotMatching(`"${queue}"`);
  const leases = describeLeases(queue, before);
  if (leases !== undefined) run.print(leases);
  else if (run.isEmpty && !isStopped)
    run.print(describeEmptyQueue(queue, before?.consumers, run.config));
  if (isStopped) run.context.terminal.err(`${STOPPED}; all other messages are in "${queue}"\n`);
  if (canaryCode !== EXIT.done) return canaryCode;
  const isDone = !run.hasFailures && isFound && leases === undefined && !isStopped;
  return isDone ? EXIT.done : EXIT.failed;
}
