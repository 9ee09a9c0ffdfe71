import type { ConsumeMessage } from 'amqplib';
import type { Headers, MessageProperties } from '../../message.ts';
import type { DeadLetter } from '../../transport.ts';
import type { QueuedMessage } from '../../inspection/queueReader.ts';
import { readDeadLetter } from '../consumer/deadLetter.ts';
import { readProperties } from '../properties/properties.ts';
import { isRetryQueue } from '../topology/plan.ts';

/** A message that was received on a channel, and what an ack needs. */
export class ChannelMessage implements QueuedMessage {
  readonly id: string | undefined;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  readonly deadLetter: DeadLetter | undefined;
  readonly isReady: boolean;
  readonly isDelayed: boolean;
  /** The received message without its body. */
  readonly settling: ConsumeMessage;

  constructor(message: QueuedMessage, settling: ConsumeMessage, body = message.body) {
    this.id = message.id;
    this.body = body;
    this.headers = message.headers;
    this.properties = message.properties;
    this.deadLetter = message.deadLetter;
    this.isReady = message.isReady;
    this.isDelayed = message.isDelayed;
    this.settling = settling;
  }

  /** Copies the body, which shares the memory of a read from the socket with other messages. */
  copy(): ChannelMessage {
    return new ChannelMessage(this, this.settling, Buffer.from(this.body));
  }
}

/** @param queue the queue's name on the broker */
export function toChannelMessage(received: ConsumeMessage, queue: string): ChannelMessage {
  const { content, properties: all } = received;
  const { headers, properties } = readProperties(all);
  const id: unknown = all.messageId;
  const isDelayed = isRetryQueue(queue);
  const message = {
    id: typeof id === 'string' ? id : undefined,
    body: content,
    headers,
    properties,
    deadLetter: readDeadLetter(all.headers?.['x-death']),
    isReady: !isDelayed,
    isDelayed,
  };
  return new ChannelMessage(message, { ...received, content: NO_BYTES });
}

const NO_BYTES = Buffer.alloc(0);
