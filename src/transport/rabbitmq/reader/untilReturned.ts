import type { ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { countMessages } from './queueCounts.ts';

const POLL_MS = 10;

/**
 * Resolves when the broker has returned the messages of a closed channel, which it does after it
 * has answered the close, or after `timeoutMs`.
 * @param otherConsumers the number of consumers that the queue has without the channel
 */
export async function untilReturned(
  connection: ChannelModel,
  queue: string,
  otherConsumers: number,
  timeoutMs: number,
): Promise<void> {
  const endsAtMs = Date.now() + timeoutMs;
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // the pending command rejects with the same error
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = endsAtMs - Date.now()) {
    const counts = await countMessages({ channel, queue, timeoutMs: leftMs });
    if (counts !== undefined && counts.consumers <= otherConsumers) break;
    await sleep(POLL_MS);
  }
  await channel.close();
}
