import type { QueueState } from '../../transport/inspection/inspectableTransport.ts';
import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import type { CommandContext } from '../command/command.ts';
import { untilStopped } from '../command/signals.ts';
import { drainQueue } from '../queue/drainQueue.ts';
import { messageLimit, openForTaking, type OpenQueue } from '../queue/openForTaking.ts';
import type { ErrorQueue } from './errorQueue.ts';
import { readFailedMessage, type FailedMessage } from './failedMessage.ts';
import type { ErrorFilter } from './filter.ts';

export interface TakeOptions {
  readonly filter: ErrorFilter;
  /**
   * Called for each message that matches the filter, up to its limit. The message is acknowledged
   * when the promise resolves. A rejection ends the take.
   */
  readonly take: (message: FailedMessage, queued: QueuedMessage) => Promise<void>;
  /** The largest number of pending calls of `take`. */
  readonly concurrency: number;
}

/** The result of a take from error-end's queue. */
export interface Taken {
  /** The state of the queue at the start; undefined when it is not known. */
  readonly state: QueueState | undefined;
  /** The number of messages that were taken. */
  readonly taken: number;
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
  context: CommandContext,
): Promise<Taken> {
  const source = await openForTaking(queue.config, queue.name, context);
  try {
    return await Promise.race([source.failed, drain(queue, source, options, context)]);
  } finally {
    await source.close();
  }
}

async function drain(
  { name, isParked, config }: ErrorQueue,
  { transport, connected }: OpenQueue,
  { filter, take, concurrency }: TakeOptions,
  { stopped, outputClosed, idleTimeoutMs, terminal }: CommandContext,
): Promise<Taken> {
  await untilStopped(connected, stopped);
  const state = await untilStopped(transport.inspect(name), stopped);
  const complete = new AbortController();
  let selected = 0;
  let taken = 0;
  await drainQueue({
    transport,
    queue: name,
    match: (queued) => filter.matches(readFailedMessage(queued, config)),
    async decide(queued) {
      if (selected >= filter.limit) return 'leave';
      if (++selected >= filter.limit) complete.abort();
      await take(readFailedMessage(queued, config), queued);
      terminal.progress(`taken out of "${name}": ${++taken}`);
      return 'acknowledge';
    },
    concurrency,
    limit: messageLimit(state, isParked),
    idleTimeoutMs,
    stopped: AbortSignal.any([stopped, outputClosed, complete.signal]),
  });
  return { state, taken };
}
