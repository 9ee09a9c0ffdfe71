import type { Look } from '../../inspection/queueReader.ts';
import type { ChannelReaderOptions } from './channelReader.ts';
import { ChannelTake } from './channelTake.ts';

/**
 * Reads a queue, and resolves when the messages have returned.
 * @throws {LookError}
 */
export async function lookAtQueue(options: ChannelReaderOptions): Promise<Look> {
  const take = await ChannelTake.open(options);
  try {
    return await take.read();
  } finally {
    await take.release();
  }
}
