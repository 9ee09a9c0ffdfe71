import type { Look, LookOptions } from '../../transport.ts';
import { MAX_PREFETCH, type ChannelReaderOptions } from './channelReader.ts';
import { ChannelTake } from './channelTake.ts';

export interface LookAtQueueOptions
  extends Omit<ChannelReaderOptions, 'room'>, Pick<LookOptions, 'drained'> {}

/** The smallest number of messages between two calls of `drained`. */
const MIN_PACED_MESSAGES = 1_000;

/**
 * Reads a queue, and resolves when the messages have returned.
 * @throws {LookError}
 */
export async function lookAtQueue({ drained, ...options }: LookAtQueueOptions): Promise<Look> {
  let size: number | undefined;
  const take = await ChannelTake.open({
    ...options,
    async room(remaining) {
      await drained?.();
      size ??= drained === undefined ? MAX_PREFETCH : pacedSize(remaining);
      return size;
    },
  });
  try {
    return await take.read();
  } finally {
    await take.release();
  }
}

/** A queue is read in at most 17 parts, because each part needs a consumer. */
function pacedSize(total: number): number {
  return Math.max(MIN_PACED_MESSAGES, Math.ceil(total / 16));
}
