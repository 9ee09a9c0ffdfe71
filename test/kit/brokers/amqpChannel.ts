import { connect, type ConfirmChannel } from 'amqplib';
import type { TestContext } from 'node:test';

/**
 * A channel of amqplib itself, for what the transport does not do: to look, delete and publish by
 * hand.
 */
export async function openAmqpChannel(t: TestContext, url: string): Promise<ConfirmChannel> {
  const connection = await connect(url);
  // Brokers are stopped under it; what is asked of it then fails by itself.
  connection.on('error', () => {});
  t.after(() => connection.close().catch(() => undefined));
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  return channel;
}
