import type { Channel, ConsumeMessage } from 'amqplib';
import { MIB } from '../../../units.ts';
import { OpenError, type ReplyQueue, type ReplyQueueOptions } from '../../transport.ts';
import type { BrokerConnection } from '../connection/connect.ts';
import { closeConnection, untilClosed, whileOpen } from '../connection/lifetime.ts';
import { reasonOf } from '../connection/reply.ts';
import { readProperties } from '../properties/properties.ts';

/** The broker deletes the queue together with its connection. */
const QUEUE = {
  exclusive: true,
  autoDelete: true,
  durable: false,
  arguments: {
    'x-queue-type': 'classic', // the only type that can be exclusive
    'x-max-length': 100_000,
    'x-max-length-bytes': 256 * MIB,
    // The answers that have arrived stay, and later ones are dropped.
    'x-overflow': 'reject-publish',
  },
};

/** The open reply queues of a transport. Each is an exclusive queue on a connection of its own. */
export class ReplyQueues {
  readonly #connect: () => Promise<BrokerConnection>;
  readonly #open = new Set<ReplyQueue>();

  constructor(connect: () => Promise<BrokerConnection>) {
    this.#connect = connect;
  }

  /** @throws {OpenError} */
  async open(queue: string, options: ReplyQueueOptions): Promise<ReplyQueue> {
    const connection = await this.#connect().catch(failToOpen);
    try {
      await whileOpen(connection, () => consume(connection, queue, options));
    } catch (error) {
      await closeConnection(connection);
      return failToOpen(error);
    }
    const opened: ReplyQueue = {
      close: async () => {
        this.#open.delete(opened);
        await closeConnection(connection);
      },
    };
    this.#open.add(opened);
    void untilClosed(connection).then((error) => {
      if (this.#open.delete(opened)) options.onLost(lossReason(error));
    });
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (opened) => opened.close()));
  }
}

async function consume(
  connection: BrokerConnection,
  queue: string,
  { onCopy }: ReplyQueueOptions,
): Promise<void> {
  const channel: Channel = await connection.createChannel();
  // The pending command rejects with the same error.
  channel.on('error', () => {});
  const onMessage = (message: ConsumeMessage | null): void => {
    // Without its consumer the queue is deleted, so the connection has no use.
    if (message === null) return void closeConnection(connection);
    onCopy({ body: message.content, ...readProperties(message.properties) });
  };
  await channel.assertQueue(queue, QUEUE);
  await channel.consume(queue, onMessage, { noAck: true });
  channel.once('close', () => void closeConnection(connection));
}

function lossReason(error: Error | undefined): string {
  return error === undefined ? 'deleted on the broker' : reasonOf(error);
}

function failToOpen(error: unknown): never {
  throw new OpenError(reasonOf(error), { cause: error });
}
