import type { Channel, ChannelModel } from 'amqplib';
import { queueName } from '../topology.ts';
import type { QueueState } from '../transport.ts';
import { whileOpen } from './connecting.ts';

/** Asks the broker about a queue, on one connection after another. */
export interface DepthReader {
  readonly serve: (connection: ChannelModel) => void;
  /** Undefined while the broker cannot say: not connected, or there is no such queue. */
  readonly read: (queue: string) => Promise<QueueState | undefined>;
}

/** It has a channel of its own: to ask for a queue that is missing closes the channel. */
export function createDepthReader(): DepthReader {
  let connection: ChannelModel | undefined;
  let channel: Channel | undefined;

  async function open(on: ChannelModel): Promise<Channel> {
    const opened = await on.createChannel();
    opened.on('error', () => {}); // `close` follows, and whoever has asked is told
    opened.once('close', () => {
      if (channel === opened) channel = undefined;
    });
    channel = opened;
    return opened;
  }

  return {
    serve(connected) {
      connection = connected;
      channel = undefined;
      connected.once('close', () => {
        if (connection === connected) connection = undefined;
      });
    },
    async read(queue) {
      const on = connection;
      if (on === undefined) return undefined;
      try {
        const { messageCount, consumerCount } = await whileOpen(on, async () =>
          (channel ?? (await open(on))).checkQueue(queueName(queue)),
        );
        return { ready: messageCount, consumers: consumerCount, leased: undefined };
      } catch {
        return undefined; // the queue is missing, or the connection was lost: both are told by others
      }
    },
  };
}
