import type { Config } from '../../config/config.ts';
import { parkedQueue } from '../../transport/queues.ts';
import {
  type Look,
  LookError,
  type LookOptions,
  type QueuedMessage,
} from '../../transport/inspection/queueReader.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { openForTaking, type OpenQueue, type QueueContext } from './openForTaking.ts';
import { sourcesOf, type Part, type Source } from './sources.ts';

export interface ReadOptions {
  readonly config: Config;
  readonly context: QueueContext;
  /**
   * The largest number of messages to read.
   * @default Infinity
   */
  readonly limit?: number;
  /** Ends the reading before the next message, like a signal that stops the command. */
  readonly enough?: AbortSignal;
  /** Awaited between parts of a queue; see `LookOptions`. */
  readonly drained?: LookOptions['drained'];
  /** @default 'queue' */
  readonly part?: Part;
  /** Called before the first message is read, when the queue exists. May throw. */
  readonly beforeLook?: () => void;
  /**
   * Whether to refuse a queue with other arguments than those that a sidecar declares. With a low
   * delivery limit the broker drops messages that are read often.
   * @default false
   */
  readonly refuseForeign?: boolean;
}

/** What was read of a queue and of its retry queues. */
export interface QueueLook extends Look {
  /** The delays of the retry queues that were read, in milliseconds. */
  readonly retryDelaysMs: readonly number[];
  /** The delays for which no retry queue exists, in milliseconds. */
  readonly missingDelaysMs: readonly number[];
}

/** `the retry queues of "infer" (1000 ms, 5000 ms)` */
export function describeRetryQueues(
  queue: string,
  { retryDelaysMs, missingDelaysMs }: QueueLook,
): string {
  const hasRead = retryDelaysMs.length > 0;
  const delays = hasRead ? retryDelaysMs : missingDelaysMs;
  const list = delays.map((delayMs) => `${delayMs} ms`).join(', ');
  return `the retry queues of "${queue}" (${hasRead ? '' : 'none exists for '}${list})`;
}

/** The sentence about the retry queues that a look cannot find. */
export const OTHER_DELAYS =
  "retry queues with other delays are not read; set ASYA_RETRY_BACKOFF to the actor's";

/** @param queue the queue of the message, which may be a retry queue */
type OnMessage = (message: QueuedMessage, queue: string) => void;

/**
 * Reads the messages of a queue in order, and leaves them there in order. Messages that another
 * look or a consumer holds are not read. Resolves early when the command is stopped.
 * @param onMessage must not throw, and must not keep the body
 * @throws {CommandError} when the queue cannot be read, or the command is stopped before the look
 */
export async function readQueue(
  queue: string,
  onMessage: OnMessage,
  options: ReadOptions,
): Promise<QueueLook> {
  const { config, context } = options;
  const source = await openForTaking(config, queue, context);
  try {
    return await Promise.race([source.failed, readAll(queue, onMessage, source, options)]);
  } catch (cause) {
    if (cause instanceof LookError) throw new CommandError(cause.message, { cause });
    throw cause;
  } finally {
    await source.close();
  }
}

async function readAll(
  queue: string,
  onMessage: OnMessage,
  source: OpenQueue,
  options: ReadOptions,
): Promise<QueueLook> {
  const { context, part = 'queue', beforeLook, refuseForeign = false } = options;
  await untilStopped(source.connected, context.stopped);
  const sources = sourcesOf(queue, part, options.config);
  await requireQueue(queue, sources, source, options);
  if (refuseForeign) for (const { name } of sources) await refuse(name, source, options);
  beforeLook?.();
  return readSources(sources, onMessage, source, options);
}

async function readSources(
  sources: readonly Source[],
  onMessage: OnMessage,
  source: OpenQueue,
  options: ReadOptions,
): Promise<QueueLook> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const retryDelaysMs: number[] = [];
  const missingDelaysMs: number[] = [];
  let sum: Look | undefined;
  for (const next of sources) {
    if (sum?.end === 'stopped') break;
    const remaining = limit - (sum?.count ?? 0);
    const look = await readOne(next, onMessage, source, { ...options, limit: remaining });
    if (next.delayMs !== undefined)
      (look === undefined ? missingDelaysMs : retryDelaysMs).push(next.delayMs);
    if (look === undefined) continue;
    sum = sum === undefined ? look : add(sum, look);
  }
  return { ...(sum ?? emptyLook()), retryDelaysMs, missingDelaysMs };
}

/** @throws {CommandError} when neither the queue of the actor nor a queue to read exists */
async function requireQueue(
  queue: string,
  sources: readonly Source[],
  { transport }: OpenQueue,
  { config, context }: ReadOptions,
): Promise<void> {
  if (queue === parkedQueue(config.errorEnd)) return;
  for (const name of [queue, ...sources.map((source) => source.name)]) {
    const state = await untilStopped(transport.inspect(name), context.stopped);
    if (state?.exists !== false) return;
  }
  throw new CommandError(`queue "${queue}" does not exist`);
}

/** @throws {CommandError} */
async function refuse(
  name: string,
  { transport }: OpenQueue,
  { config, context }: ReadOptions,
): Promise<void> {
  const comparing = transport.argumentProblem(name, config.errorEnd);
  const problem = await untilStopped(comparing, context.stopped);
  if (problem === undefined) return;
  throw new CommandError(`"${name}" is not read, because ${problem}; see --force`);
}

/** Resolves to undefined when a queue does not exist that is declared on demand. */
async function readOne(
  { name, isOnDemand }: Source,
  onMessage: OnMessage,
  { transport }: OpenQueue,
  { limit = Number.POSITIVE_INFINITY, enough, drained, context }: ReadOptions,
): Promise<Look | undefined> {
  const { idleTimeoutMs } = context;
  const ends = enough === undefined ? [context.stopped] : [context.stopped, enough];
  const stopped = AbortSignal.any(ends);
  const options = { limit, idleTimeoutMs, stopped, drained };
  try {
    return await transport.look(name, (message) => onMessage(message, name), options);
  } catch (error) {
    const isEmpty = isOnDemand && error instanceof LookError && error.code === 'missing';
    if (!isEmpty) throw error;
    return undefined;
  }
}

function emptyLook(): Look {
  return { count: 0, total: 0, asOfMs: Date.now(), consumers: 0, end: 'complete' };
}

function add(first: Look, next: Look): Look {
  const end = first.end === 'complete' ? next.end : first.end;
  const { count, total } = next;
  return { ...first, count: first.count + count, total: first.total + total, end };
}
