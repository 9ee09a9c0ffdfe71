import type { Channel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';

/** Counts of a queue. */
export interface QueueCounts {
  /** The number of messages that are ready to be delivered. */
  readonly messages: number;
  readonly consumers: number;
}

export interface CountOptions {
  /** A channel on which nothing is consumed. */
  readonly channel: Channel;
  /** The queue's name on the broker. */
  readonly queue: string;
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** Ends the count. @default never */
  readonly isEnded?: () => boolean;
}

/** If a quorum queue does not count within this time, the broker answers 0 and 0. */
const BROKER_TIMEOUT_MS = 250;
const POLL_MS = 50;
/** The number of answers after which the round trip of the network is known well enough. */
const MIN_ROUND_TRIPS = 3;
const ROUND_TRIP_TOLERANCE_MS = 50;

/**
 * Counts the ready messages and the consumers of a queue. A quorum queue that delivers or returns
 * many messages does not count meanwhile; the broker answers 0 and 0 for it. Such an answer comes
 * late, and the queue is asked again.
 * @returns undefined when the queue has not counted within the time limit
 * @throws the broker's error
 */
export async function countMessages(options: CountOptions): Promise<QueueCounts | undefined> {
  const { channel, queue, timeoutMs, isEnded = () => false } = options;
  const endsAtMs = performance.now() + timeoutMs;
  let roundTripMs = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round++) {
    const askedAtMs = performance.now();
    const { messageCount: messages, consumerCount: consumers } = await channel.checkQueue(queue);
    const answeredMs = performance.now() - askedAtMs;
    if (messages > 0 || consumers > 0 || answeredMs < BROKER_TIMEOUT_MS)
      return { messages, consumers };
    roundTripMs = Math.min(roundTripMs, await measureRoundTrip(channel));
    const isFar = answeredMs - roundTripMs < BROKER_TIMEOUT_MS - ROUND_TRIP_TOLERANCE_MS;
    if (isFar && round >= MIN_ROUND_TRIPS) return { messages, consumers };
    if (isEnded() || performance.now() >= endsAtMs) return undefined;
    await sleep(POLL_MS);
  }
}

/** The time of a command that the broker answers without a queue, in milliseconds. */
async function measureRoundTrip(channel: Channel): Promise<number> {
  const askedAtMs = performance.now();
  await channel.prefetch(0);
  return performance.now() - askedAtMs;
}
