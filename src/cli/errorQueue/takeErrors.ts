import type { QueueState } from '../../transport/inspection/inspectableTransport.ts';
import type { Look, QueuedMessage } from '../../transport/inspection/queueReader.ts';
import { untilStopped } from '../command/signals.ts';
import { drainQueue } from '../queue/drain/drainQueue.ts';
import {
  messageLimit,
  openForTaking,
  type OpenQueue,
  type QueueContext,
} from '../queue/openForTaking.ts';
import type { ErrorQueue } from './errorQueue.ts';

export interface TakeOptions {
  /** Selects the messages to take. May be called again for a message in a later round. */
  readonly match: (queued: QueuedMessage) => boolean;
  /** The largest number of messages to take. */
  readonly limit: number;
  /**
   * Called for each message that matches, up to the limit. The message is acknowledged when the
   * promise resolves. A rejection ends the take.
   */
  readonly take: (queued: QueuedMessage) => Promise<void>;
  /** The largest number of pending calls of `take`. */
  readonly concurrency: number;
  /** Reads only this number of messages from the start of the queue. @default all */
  readonly reach?: number;
  /** Called before each round, which reads all messages that are left again. @default none */
  readonly onRound?: () => void;
  /** Aborts when no further message can match. @default never */
  readonly enough?: AbortSignal;
}

/** The result of a take from error-end's queue. */
export interface Taken {
  /** The state of the queue at the start; undefined when it is not known. */
  readonly state: QueueState | undefined;
  /** The number of messages that were taken. */
  readonly taken: number;
  /** The end of the reading. */
  readonly end: Look['end'];
}

/**
 * Takes messages out of error-end's queue. A run reads at most as many messages as the queue holds
 * at its start. All other messages stay in the queue.
 * @throws {CommandError} when the queue cannot be consumed, or when the command is stopped before
 * the first message
 */
export async function takeErrors(
  queue: ErrorQueue,
  options: TakeOptions,
  context: QueueContext,
): Promise<Taken> {
  const source = await openForTaking(queue.config, queue.name, context);
  try {
    return await Promise.race([source.failed, drain(queue, source, options, context)]);
  } finally {
    await source.close();
  }
}

async function drain(
  { name, isParked }: ErrorQueue,
  { transport, connected }: OpenQueue,
  { match, limit, take, reach, concurrency, onRound, enough }: TakeOptions,
  { stopped, idleTimeoutMs }: QueueContext,
): Promise<Taken> {
  await untilStopped(connected, stopped);
  const state = await untilStopped(transport.inspect(name), stopped);
  const complete = new AbortController();
  let selected = 0;
  let taken = 0;
  const end = await drainQueue({
    transport,
    queue: name,
    match,
    async decide(queued) {
      if (selected >= limit) return 'leave';
      if (++selected >= limit) complete.abort();
      await take(queued);
      taken++;
      return 'acknowledge';
    },
    concurrency,
    limit: Math.min(messageLimit(state, isParked), reach ?? Number.POSITIVE_INFINITY),
    idleTimeoutMs,
    stopped,
    enough: enough === undefined ? complete.signal : AbortSignal.any([complete.signal, enough]),
    ...(onRound === undefined ? {} : { onRound }),
  });
  return { state, taken, end };
}
