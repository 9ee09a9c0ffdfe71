import { createSleep, retryWithBackoff } from '../../../backoff.ts';
import type { Delivery } from '../../transport.ts';
import { RECONNECT_BACKOFF } from '../connection/connect.ts';
import type { Publisher } from '../publisher/publisher.ts';
import { brokerQueueName } from '../topology/plan.ts';

/** Returns a function that publishes a message of a deleted queue until the broker confirms it. */
export function createRepublish(
  publisher: Publisher,
  closed: AbortSignal,
): (delivery: Delivery) => Promise<void> {
  const sleep = createSleep(closed);
  return (delivery) => {
    const to = { exchange: '', routingKey: brokerQueueName(delivery.queue) };
    return retryWithBackoff(() => publisher.send(to, delivery), {
      backoff: RECONNECT_BACKOFF,
      sleep,
      onFailure: (error) => {
        if (closed.aborted) throw error;
      },
    });
  };
}
