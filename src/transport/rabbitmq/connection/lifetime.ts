import type { Channel, ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { destroySocket } from './socket.ts';

/** The broker's time limit to answer `connection.close`. */
const CLOSE_TIMEOUT_MS = 400;

/** Resolves when a connection is closed, with the error that closed it, if any. */
export function untilClosed(connection: ChannelModel): Promise<Error | undefined> {
  return new Promise((resolve) => connection.once('close', resolve));
}

/**
 * Settles like `work`, or rejects when the connection closes first: amqplib may never answer a
 * command on a closed connection.
 */
export async function whileOpen<T>(connection: ChannelModel, work: () => Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>();
  const onClose = (error?: Error): void =>
    lost.reject(error ?? new Error('the connection to the broker was closed'));
  connection.once('close', onClose);
  try {
    return await Promise.race([work(), lost.promise]);
  } finally {
    connection.off('close', onClose);
  }
}

/** Closes a connection, and destroys its socket when the broker does not answer. Never rejects. */
export async function closeConnection(connection: ChannelModel): Promise<void> {
  // If the connection breaks meanwhile, amqplib never settles the promise of `close`.
  const closed = Promise.race([connection.close(), untilClosed(connection)]);
  await settledWithin(CLOSE_TIMEOUT_MS, closed);
  destroySocket(connection);
}

/** Resolves when a promise has settled, or after `timeoutMs`. Never rejects. */
export async function settledWithin(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const settled = new AbortController();
  await Promise.race([
    promise.catch(() => undefined),
    sleep(timeoutMs, undefined, { signal: settled.signal }).catch(() => undefined),
  ]);
  settled.abort();
}
/**
 * Runs a command on a separate channel, since the broker closes the channel of a refused command.
 */
export async function withChannel(
  connection: ChannelModel,
  command: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  const channel = await connection.createChannel();
  // The command rejects with the same error.
  channel.on('error', () => {});
  try {
    await command(channel);
  } finally {
    await channel.close().catch(() => undefined); // the broker has closed it already
  }
}
