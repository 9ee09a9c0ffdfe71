import { IllegalOperationError, type Channel, type ConsumeMessage } from 'amqplib';

/**
 * Sends the acks and nacks of one channel. The acks of one turn of the event loop are combined: one
 * frame with `multiple` (AMQP 0-9-1) acknowledges all deliveries before the oldest unsettled one.
 * The broker appends a command to the queue's log for each frame, so fewer frames save work.
 */
export class AckBatcher {
  readonly #channel: Channel;
  /** Delivery tags, the oldest first. */
  readonly #unsettled = new Set<number>();
  #pending: ConsumeMessage[] = [];

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Must be called for each message before it is settled. */
  onReceived(message: ConsumeMessage): void {
    this.#unsettled.add(tagOf(message));
  }

  /** Sends the ack at the end of this turn of the event loop. */
  ack(message: ConsumeMessage): void {
    this.#unsettled.delete(tagOf(message));
    if (this.#pending.push(message) === 1) process.nextTick(() => this.flush());
  }

  /** Sends the nack at once. Returns false and does nothing when the channel is closing. */
  nack(message: ConsumeMessage): boolean {
    if (!unlessClosing(() => this.#channel.nack(message))) return false;
    this.#unsettled.delete(tagOf(message));
    return true;
  }

  /** Sends the pending acks. Must precede the closing of the channel, which accepts no acks. */
  flush(): void {
    const messages = this.#pending;
    this.#pending = [];
    const [oldestUnsettled = Number.POSITIVE_INFINITY] = this.#unsettled;
    let newest: ConsumeMessage | undefined;
    for (const message of messages) {
      if (tagOf(message) > oldestUnsettled) unlessClosing(() => this.#channel.ack(message));
      else if (newest === undefined || tagOf(message) > tagOf(newest)) newest = message;
    }
    const last = newest;
    if (last !== undefined) unlessClosing(() => this.#channel.ack(last, true));
  }
}

function tagOf({ fields }: ConsumeMessage): number {
  return fields.deliveryTag;
}

/**
 * Returns false when the channel is closing or closed; the broker then delivers the unsettled
 * messages again.
 */
function unlessClosing(command: () => void): boolean {
  try {
    command();
    return true;
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error;
    return false;
  }
}
