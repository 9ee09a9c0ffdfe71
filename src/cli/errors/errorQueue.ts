import type { Config } from '../../config/config.ts';
import { parkedQueue } from '../../transport/queues.ts';
import type { Delivery, QueueState } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import { untilStopped } from '../command/signals.ts';
import type { Option } from '../command/usage.ts';
import { drainQueue, type DrainOptions } from '../queue/drainQueue.ts';
import { messageLimit, openForTaking } from '../queue/openForTaking.ts';
import { readFailedMessage, type FailedMessage } from './failedMessage.ts';
import type { ErrorFilter } from './filter.ts';

/** The queue of failed messages that a command reads. */
export interface ErrorQueue {
  readonly name: string;
  readonly isParked: boolean;
  readonly config: Config;
}

export const PARKED_OPTION = {
  type: 'boolean',
  doc: "Reads error-end's parked queue instead.",
} as const satisfies Option;

/** @throws {ConfigError} */
export function errorQueueOf(isParked: boolean, { environment }: CommandContext): ErrorQueue {
  const config = readCommandConfig(environment);
  const name = isParked ? parkedQueue(config.errorEnd) : config.errorEnd;
  return { name, isParked, config };
}

/** The result of a walk through the queue. */
export interface Walk {
  /** The state of the queue at the start; undefined when it is not known. */
  readonly state: QueueState | undefined;
  /** In milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** The number of messages that were read. */
  readonly read: number;
  /** The number of messages that were selected. */
  readonly selected: number;
  /** The limit of the filter was reached; further messages may match. */
  readonly isLimited: boolean;
}

/** The part of a drain that a command decides. */
type WalkOptions = Pick<DrainOptions, 'concurrency'> & {
  readonly filter: ErrorFilter;
  /** Called for each message that matches the filter, up to its limit. */
  readonly decide: (
    message: FailedMessage,
    delivery: Delivery,
  ) => ReturnType<DrainOptions['decide']>;
};

/**
 * Reads the messages that the queue holds at the start, and decides those that the filter selects.
 * The others stay in the queue.
 * @throws {CommandError} when the queue cannot be consumed, or when the command is stopped before
 * it is open
 */
export async function walkErrors(
  queue: ErrorQueue,
  options: WalkOptions,
  context: CommandContext,
): Promise<Walk> {
  const source = await openForTaking(queue.config, queue.name, context);
  const { transport, connected, connectionLosses, failed } = source;
  const selection = new Selection(queue, options, context);

  async function walk(): Promise<Walk> {
    await untilStopped(connected, context.stopped);
    const startedAtMs = Date.now();
    const state = await untilStopped(transport.inspect(queue.name), context.stopped);
    await drainQueue({
      transport,
      queue: queue.name,
      decide: (delivery) => selection.decide(delivery),
      concurrency: options.concurrency ?? 1,
      limit: messageLimit(state, queue.isParked),
      idleTimeoutMs: context.idleTimeoutMs,
      stopped: AbortSignal.any([context.stopped, context.outputClosed, selection.complete]),
      connectionLosses,
    });
    const { read, selected, complete } = selection;
    return { state, startedAtMs, read, selected, isLimited: complete.aborted };
  }

  try {
    return await Promise.race([failed, walk()]);
  } finally {
    await transport.close();
  }
}

/** Applies the filter and counts. */
class Selection {
  readonly #queue: ErrorQueue;
  readonly #options: WalkOptions;
  readonly #context: CommandContext;
  readonly #complete = new AbortController();
  read = 0;
  selected = 0;

  constructor(queue: ErrorQueue, options: WalkOptions, context: CommandContext) {
    this.#queue = queue;
    this.#options = options;
    this.#context = context;
  }

  /** Aborts when the limit of the filter is reached. */
  get complete(): AbortSignal {
    return this.#complete.signal;
  }

  async decide(delivery: Delivery): ReturnType<DrainOptions['decide']> {
    const { filter, decide } = this.#options;
    if (this.selected >= filter.limit) return 'leave';
    this.read++;
    this.#context.terminal.progress(`reading "${this.#queue.name}": ${this.read}`);
    const message = readFailedMessage(delivery, this.#queue.config);
    if (!filter.matches(message)) return 'leave';
    this.selected++;
    if (this.selected >= filter.limit) this.#complete.abort();
    return decide(message, delivery);
  }
}
