import type { QueueState } from '../../transport/inspection/inspectableTransport.ts';
import type { Look, QueuedMessage } from '../../transport/inspection/queueReader.ts';
import { untilStopped } from '../command/signals.ts';
import type { ErrorQueue } from '../errorQueue/errorQueue.ts';
import { DecidedMessages } from '../queue/drain/decidedMessages.ts';
import { drainQueue } from '../queue/drain/drainQueue.ts';
import { messageLimit, openForTaking, type OpenQueue } from '../queue/openForTaking.ts';
import type { Canary, CanaryEnd } from './canary.ts';
import type { Replay } from './replay.ts';
import type { Disposition, Replayer } from './replayer.ts';

export interface QueueReplayOptions {
  readonly queue: ErrorQueue;
  /** Selects the messages. May be called again for a message in a later round. */
  readonly match: (message: QueuedMessage) => boolean;
  /** Reads only this number of messages from the start of the queue. @default all */
  readonly reach?: number;
  /** Called before each round, which reads all messages that are left again. @default none */
  readonly onRound?: () => void;
  /** Ends the replay when no further message can match. @default none */
  readonly enough?: AbortSignal;
}

/** The result of a replay of a queue. */
export interface QueueReplayEnd {
  /** The state of the queue at the start; undefined when it is not known. */
  readonly before: QueueState | undefined;
  /** Undefined without a canary, and when there was no message to send. */
  readonly canary: CanaryEnd | undefined;
  /** Whether all messages were read. */
  readonly isComplete: boolean;
  /** The end of the last reading. */
  readonly end: Look['end'];
  /** Why no more messages were sent: a publish is unconfirmed. */
  readonly failure: string | undefined;
}

/**
 * Replays messages of error-end's queue. Each one is acknowledged after the broker has confirmed
 * its publish; all others stay in the queue. Messages that arrive during the replay are not read.
 * @throws {CommandError}
 */
export async function replayQueue(
  options: QueueReplayOptions,
  replay: Replay,
): Promise<QueueReplayEnd> {
  const { config, name } = options.queue;
  const source = await openForTaking(config, name, replay.context);
  try {
    return await Promise.race([source.failed, replayAll(options, source, replay)]);
  } finally {
    await source.close();
  }
}

async function replayAll(
  options: QueueReplayOptions,
  source: OpenQueue,
  replay: Replay,
): Promise<QueueReplayEnd> {
  const { transport, connected } = source;
  const { name, isParked } = options.queue;
  const { reach = Number.POSITIVE_INFINITY } = options;
  const { stopped } = replay.context;
  await untilStopped(connected, stopped);
  const before = await untilStopped(transport.inspect(name), stopped);
  return replay.withCanary(transport, async (canary) => {
    const replayer = replay.createReplayer(transport, name, canary);
    const limit = Math.min(messageLimit(before, isParked), reach);
    const passes = new QueuePasses({ ...options, source, limit }, replayer, replay);
    const first = canary === undefined ? undefined : await passes.sendCanary(canary);
    const isPassed = first === undefined || first.kind === 'passed';
    const end = isPassed ? await passes.sendAll() : 'stopped';
    const isComplete = isPassed && !replayer.done.aborted;
    return { before, canary: first, isComplete, end, failure: replayer.failure };
  });
}

interface PassOptions extends QueueReplayOptions {
  readonly source: OpenQueue;
  /** The largest number of messages to read. */
  readonly limit: number;
}

/** Reads the queue: once for the canary, and once for all others. */
class QueuePasses {
  readonly #options: PassOptions;
  readonly #replayer: Replayer;
  readonly #replay: Replay;
  /** The messages that were left before the canary was sent are not decided again. */
  readonly #verdicts = new DecidedMessages();
  #limit: number;

  constructor(options: PassOptions, replayer: Replayer, replay: Replay) {
    this.#options = options;
    this.#replayer = replayer;
    this.#replay = replay;
    this.#limit = options.limit;
  }

  /**
   * Sends the first message. All others are back in the queue while the journey of the canary
   * lasts, which may be longer than the broker lets a consumer hold messages.
   */
  async sendCanary(canary: Canary): Promise<CanaryEnd | undefined> {
    await this.#drain(canary.claimed, 1, async (message) => {
      const disposition = await this.#replayer.replay(message);
      if (disposition === 'replayed') this.#limit--;
      return disposition;
    });
    return this.#replay.awaitCanary(canary);
  }

  sendAll(): Promise<Look['end']> {
    return this.#drain(this.#replayer.done, this.#replay.concurrency, (message) =>
      this.#replayer.replay(message),
    );
  }

  #drain(
    ended: AbortSignal,
    concurrency: number,
    replay: (message: QueuedMessage) => Promise<Disposition>,
  ): Promise<Look['end']> {
    const { queue, source, match, onRound, enough } = this.#options;
    const { stopped, idleTimeoutMs } = this.#replay.context;
    return drainQueue({
      transport: source.transport,
      queue: queue.name,
      concurrency,
      limit: this.#limit,
      idleTimeoutMs,
      stopped: AbortSignal.any([stopped, ended, this.#replayer.done]),
      ...(enough === undefined ? {} : { enough }),
      match,
      decide: async (message) => ((await replay(message)) === 'replayed' ? 'acknowledge' : 'leave'),
      ...(onRound === undefined ? {} : { onRound }),
      verdicts: this.#verdicts,
    });
  }
}
