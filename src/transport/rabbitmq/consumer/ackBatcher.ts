import { IllegalOperationError, type Channel, type ConsumeMessage } from 'amqplib';

/**
 * Tells the broker what is settled on one channel. Acks of one turn of the event loop go together:
 * one frame stands for all deliveries up to the oldest that is still unsettled (`multiple`, AMQP
 * 0-9-1), since the broker logs each frame as a command to the queue.
 */
export interface Acks {
  /** To be called for each message before it can be settled. */
  received(message: ConsumeMessage): void;
  /**
   * Acks at the end of this turn, nacks at once. False, and nothing happens, when the channel is
   * about to close.
   */
  settle(message: ConsumeMessage, how: 'ack' | 'nack'): boolean;
  /** Sends the acks that wait, since nothing can be sent once the channel is being closed. */
  flush(): void;
}

export function createAcks(channel: Channel): Acks {
  /** Delivery tags, the oldest first. */
  const unsettled = new Set<number>();
  let due: ConsumeMessage[] = [];

  function flush(): void {
    const messages = due;
    due = [];
    const [oldest = Number.POSITIVE_INFINITY] = unsettled;
    let newest: ConsumeMessage | undefined;
    for (const message of messages) {
      if (tagOf(message) > oldest) tell(() => channel.ack(message));
      else if (newest === undefined || tagOf(message) > tagOf(newest)) newest = message;
    }
    const upTo = newest;
    if (upTo !== undefined) tell(() => channel.ack(upTo, true));
  }

  return {
    received: (message) => void unsettled.add(tagOf(message)),
    settle(message, how) {
      if (how === 'nack' && !tell(() => channel.nack(message))) return false;
      unsettled.delete(tagOf(message));
      if (how === 'ack' && due.push(message) === 1) process.nextTick(flush);
      return true;
    },
    flush,
  };
}

function tagOf({ fields }: ConsumeMessage): number {
  return fields.deliveryTag;
}

/** False when the channel is closing or closed: the broker delivers again what is not settled. */
function tell(settle: () => void): boolean {
  try {
    settle();
    return true;
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error;
    return false;
  }
}
