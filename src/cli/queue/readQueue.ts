import type { Config } from '../../config/config.ts';
import { parkedQueue, retryQueue } from '../../transport/queues.ts';
import type { Delivery } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { drainQueue, MAX_UNSETTLED } from './drainQueue.ts';
import { messageLimit, openForTaking, type OpenQueue } from './openForTaking.ts';

export interface QueuedMessage extends Pick<Delivery, 'body'> {
  readonly headers?: Delivery['headers'];
  readonly deadLetter?: Delivery['deadLetter'];
  /** False for a message that waits for its delay, or that another process holds. */
  readonly isReady: boolean;
}

/**
 * Reads the messages in a queue and in its retry queues, and leaves them there.
 * @throws {CommandError} when a queue cannot be consumed, or has `MAX_UNSETTLED` messages or more
 */
export async function readQueue(
  queue: string,
  onMessage: (message: QueuedMessage) => void,
  config: Config,
  context: CommandContext,
): Promise<void> {
  const source = await openForTaking(config, queue, context);
  const reader = { ...source, onMessage, context };
  try {
    await Promise.race([source.failed, readAll(queue, reader, config)]);
  } finally {
    await source.transport.close();
  }
}

interface Reader extends OpenQueue {
  readonly onMessage: (message: QueuedMessage) => void;
  readonly context: CommandContext;
}

async function readAll(queue: string, reader: Reader, config: Config): Promise<void> {
  const { transport, connected, context } = reader;
  await untilStopped(connected, context.stopped);
  if (transport.browse !== undefined) {
    return browse(queue, transport.browse(queue, MAX_UNSETTLED), reader);
  }
  const isParked = queue === parkedQueue(config.errorEnd);
  await consume({ queue, isDeclaredOnDemand: isParked, isReady: true }, reader);
  for (const delayMs of new Set(config.retry.backoffMs)) {
    const retries = retryQueue(queue, delayMs);
    await consume({ queue: retries, isDeclaredOnDemand: true, isReady: false }, reader);
  }
}

async function browse(
  queue: string,
  browsing: Promise<readonly QueuedMessage[]>,
  { onMessage, context }: Reader,
): Promise<void> {
  const messages = await untilStopped(browsing, context.stopped);
  checkCount(queue, messages.length);
  for (const message of messages) onMessage(message);
}

interface Source {
  readonly queue: string;
  readonly isDeclaredOnDemand: boolean;
  readonly isReady: boolean;
}

async function consume(
  { queue, isDeclaredOnDemand, isReady }: Source,
  reader: Reader,
): Promise<void> {
  const { transport, connectionLosses, onMessage } = reader;
  const { idleTimeoutMs, stopped } = reader.context;
  const state = await untilStopped(transport.inspect(queue), stopped);
  let count = 0;
  await drainQueue({
    transport,
    queue,
    limit: messageLimit(state, isDeclaredOnDemand),
    idleTimeoutMs,
    stopped,
    connectionLosses,
    decide({ body, headers, deadLetter }) {
      count++;
      onMessage({ body, headers, deadLetter, isReady });
      return Promise.resolve('leave');
    },
  });
  checkCount(queue, count);
}

function checkCount(queue: string, count: number): void {
  if (count >= MAX_UNSETTLED) {
    throw new CommandError(`"${queue}" has ${MAX_UNSETTLED} messages or more`);
  }
}
