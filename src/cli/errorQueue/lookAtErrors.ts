import type { Look, QueuedMessage } from '../../transport/inspection/queueReader.ts';
import type { QueueContext } from '../queue/openForTaking.ts';
import { readQueue } from '../queue/readQueue.ts';
import type { ErrorQueue } from './errorQueue.ts';
import type { FailedMessage } from '../failures/failedMessage.ts';
import type { ErrorFilter } from './filter.ts';
import { Selection } from './selection.ts';

/** The result of a look at error-end's queue. */
export interface ErrorLook extends Pick<Look, 'asOfMs' | 'consumers' | 'end'> {
  /** The number of messages that were read. */
  readonly read: number;
  /** The number of messages that match the filter, up to its limit. */
  readonly selected: number;
  /** The limit of the filter was reached; further messages may match. */
  readonly isLimited: boolean;
  /** The number of messages that another process holds on a transport with leases. */
  readonly held: number;
}

export interface ErrorLookOptions {
  readonly queue: ErrorQueue;
  readonly filter: Pick<ErrorFilter, 'matches' | 'limit'>;
  /** Must not keep the bodies of many messages. */
  readonly onMessage: (message: FailedMessage, queued: QueuedMessage) => void;
  /** Called for each message, with the number of those that were read. @default none */
  readonly onRead?: ((read: number) => void) | undefined;
  /** Ends the look before the next message. @default none */
  readonly enough?: AbortSignal;
  /** Awaited between parts of the queue. @default none */
  readonly drained?: () => Promise<void>;
}

/**
 * Reads the messages that match a filter, in order, and leaves all messages in the queue.
 * @throws {CommandError} when the queue cannot be read
 */
export async function lookAtErrors(
  { queue, filter, onMessage, onRead, enough, drained }: ErrorLookOptions,
  context: QueueContext,
): Promise<ErrorLook> {
  const selection = new Selection(queue, filter);
  const { complete } = selection;
  let held = 0;
  const look = await readQueue(
    queue.name,
    (queued) => {
      if (!queued.isReady && !queued.isDelayed) held++;
      const message = selection.select(queued);
      onRead?.(selection.read);
      if (message !== undefined) onMessage(message, queued);
    },
    {
      config: queue.config,
      context,
      drained,
      enough: enough === undefined ? complete : AbortSignal.any([complete, enough]),
    },
  );
  const { asOfMs, consumers, end } = look;
  const { read, selected } = selection;
  return { asOfMs, consumers, end, read, selected, isLimited: complete.aborted, held };
}
