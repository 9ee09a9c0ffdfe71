import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel } from 'amqplib';
import { CopyBuffer, type WaitingCopy } from '../../copyBuffer.ts';
import type { Message } from '../../message.ts';
import { COPY_TTL_MS } from '../../queues.ts';
import { whileOpen } from '../connection/lifetime.ts';
import { reasonOf } from '../connection/reply.ts';
import { limitHeaderFrames } from '../properties/headerFrame.ts';
import { publishOptions } from '../properties/properties.ts';
import { frameMaxOf } from './publishChannel.ts';

/**
 * A channel without confirms that publishes copies over the default exchange. While it opens, and
 * while its buffer is full because the broker reads slowly or not at all, a limited number of
 * copies waits; the others are dropped.
 */
export class CopyChannel {
  readonly #waiting = new CopyBuffer();
  /** Undefined until the channel is open. */
  #channel: Channel | undefined;
  #isWritable = false;

  /** @param onRefused called with the reason when the broker closes the channel */
  constructor(connection: ChannelModel, onRefused: (reason: string) => void) {
    whileOpen(connection, () => connection.createChannel()).then(
      (channel) => this.#use(channel, connection, onRefused),
      () => 'the connection is closed, and the next one gets a channel of its own',
    );
  }

  /** Never throws. The caller may overwrite the body afterwards. */
  send(queue: string, message: Message): void {
    if (this.#channel !== undefined && this.#isWritable)
      this.#publish(this.#channel, { queue, message });
    else this.#waiting.add(queue, message);
  }

  #use(channel: Channel, connection: ChannelModel, onRefused: (reason: string) => void): void {
    channel.on('error', (error) => onRefused(reasonOf(error)));
    // Otherwise a copy would be published in the context of the publish before it.
    channel.on(
      'drain',
      AsyncResource.bind(() => this.#flush()),
    );
    limitHeaderFrames(channel, frameMaxOf(connection), () => {}); // the envelope's publish logs it
    this.#channel = channel;
    this.#flush();
  }

  #flush(): void {
    this.#isWritable = true;
    while (this.#isWritable && this.#channel !== undefined) {
      const copy = this.#waiting.take();
      if (copy === undefined) return;
      this.#publish(this.#channel, copy);
    }
  }

  #publish(channel: Channel, { queue, message }: WaitingCopy): void {
    const options = {
      ...publishOptions(message, randomUUID()),
      persistent: false,
      mandatory: false,
      expiration: COPY_TTL_MS,
    };
    try {
      // amqplib copies the body.
      this.#isWritable = channel.publish('', queue, message.body, options);
    } catch {
      // The channel is closed. No other error is possible: the envelope itself was published.
    }
  }
}
