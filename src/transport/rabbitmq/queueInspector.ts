import type { Channel, ChannelModel } from 'amqplib';
import { brokerQueueName } from './topology/plan.ts';
import type { QueueState } from '../transport.ts';
import { whileOpen } from './connection/connect.ts';
import { codeOf } from './connection/reply.ts';

/** Asks the broker about a queue, on one connection after another. */
export interface DepthReader {
  readonly serve: (connection: ChannelModel) => void;
  /** Undefined while there is no connection. */
  readonly read: (queue: string) => Promise<QueueState | undefined>;
}

const MISSING: QueueState = { exists: false, ready: 0, consumers: 0, leased: undefined };

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
          (channel ?? (await open(on))).checkQueue(brokerQueueName(queue)),
        );
        return { exists: true, ready: messageCount, consumers: consumerCount, leased: undefined };
      } catch (error) {
        // A lost connection is reported by the links.
        return codeOf(error) === 404 ? MISSING : undefined;
      }
    },
  };
}
