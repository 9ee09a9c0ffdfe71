import { connect, type ConfirmChannel } from 'amqplib';
import type { TestContext } from 'node:test';
import { closeConnection } from '../../../src/transport/rabbitmq/connection/lifetime.ts';

/**
 * Opens an amqplib channel for operations that the transport lacks: inspecting and deleting
 * objects, and publishing arbitrary messages.
 */
export async function openAmqpChannel(t: TestContext, url: string): Promise<ConfirmChannel> {
  const connection = await connect(url);
  // Tests stop the broker; pending commands then reject by themselves.
  connection.on('error', () => {});
  t.after(() => closeConnection(connection));
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  return channel;
}
