import type { Config } from '../../config/config.ts';
import { parkedQueue, retryQueue } from '../../transport/queues.ts';
import {
  LookError,
  type Look,
  type LookOptions,
  type QueuedMessage,
} from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { openForTaking, type OpenQueue } from './openForTaking.ts';

export interface ReadOptions {
  readonly config: Config;
  readonly context: CommandContext;
  /**
   * The largest number of messages to read.
   * @default Infinity
   */
  readonly limit?: number;
  /** Ends the reading before the next message, like a signal that stops the command. */
  readonly enough?: AbortSignal;
  /** Awaited between parts of a queue; see `LookOptions`. */
  readonly drained?: LookOptions['drained'];
  /**
   * Whether to read the actor's retry queues after its queue.
   * @default false
   */
  readonly withRetries?: boolean;
}

/**
 * Reads the messages of a queue in order, and leaves them there in order. Messages that another
 * look or a consumer holds are not read. Resolves early when the command is stopped.
 * @param onMessage must not throw, and must not keep the body
 * @throws {CommandError} when the queue cannot be read, or the command is stopped before the look
 */
export async function readQueue(
  queue: string,
  onMessage: (message: QueuedMessage) => void,
  options: ReadOptions,
): Promise<Look> {
  const { config, context } = options;
  const source = await openForTaking(config, queue, context);
  try {
    return await Promise.race([source.failed, readAll(queue, onMessage, source, options)]);
  } catch (cause) {
    if (cause instanceof LookError) throw new CommandError(cause.message, { cause });
    throw cause;
  } finally {
    await source.transport.close();
  }
}

async function readAll(
  queue: string,
  onMessage: (message: QueuedMessage) => void,
  source: OpenQueue,
  options: ReadOptions,
): Promise<Look> {
  const { config, context, withRetries = false } = options;
  await untilStopped(source.connected, context.stopped);
  const isOnDemand = queue === parkedQueue(config.errorEnd);
  let sum = await readOne({ queue, isOnDemand }, onMessage, source, options);
  const delaysMs = withRetries ? new Set(config.retry.backoffMs) : [];
  for (const delayMs of delaysMs) {
    if (sum.end === 'stopped') break;
    const retries = { queue: retryQueue(queue, delayMs), isOnDemand: true };
    sum = add(sum, await readOne(retries, onMessage, source, options));
  }
  return sum;
}

interface Source {
  readonly queue: string;
  /** The queue is declared before its first message. If it does not exist, it holds nothing. */
  readonly isOnDemand: boolean;
}

async function readOne(
  { queue, isOnDemand }: Source,
  onMessage: (message: QueuedMessage) => void,
  { transport }: OpenQueue,
  { limit = Number.POSITIVE_INFINITY, enough, drained, context }: ReadOptions,
): Promise<Look> {
  const { idleTimeoutMs } = context;
  const ends = enough === undefined ? [context.stopped] : [context.stopped, enough];
  const stopped = AbortSignal.any(ends);
  try {
    return await transport.look(queue, onMessage, { limit, idleTimeoutMs, stopped, drained });
  } catch (error) {
    const isEmpty = isOnDemand && error instanceof LookError && error.code === 'missing';
    if (!isEmpty) throw error;
    return { count: 0, total: 0, asOfMs: Date.now(), consumers: 0, end: 'complete' };
  }
}

function add(first: Look, next: Look): Look {
  const end = first.end === 'complete' ? next.end : first.end;
  const { count, total } = next;
  return { ...first, count: first.count + count, total: first.total + total, end };
}
