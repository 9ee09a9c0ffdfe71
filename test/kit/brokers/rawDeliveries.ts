import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { connect, type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { until } from '../processes/until.ts';
import { openAmqpChannel } from './amqpChannel.ts';

/** How a delivery ends that is not acked. */
export type Ending = 'nack' | 'reject' | 'closed channel' | 'closed connection';

/** Declares a queue, by default a quorum queue, and returns its name. */
export async function createQueue(
  t: TestContext,
  url: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  const channel = await openAmqpChannel(t, url);
  const queue = `series-${randomUUID()}`;
  await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum', ...args } });
  return queue;
}

/** Creates a queue that contains one message. */
export async function fillQueue(...args: Parameters<typeof createQueue>): Promise<string> {
  const queue = await createQueue(...args);
  const channel = await openAmqpChannel(args[0], args[1]);
  channel.sendToQueue(queue, Buffer.from('message'), { persistent: true });
  await channel.waitForConfirms();
  return queue;
}

/** Takes the message of a queue and does not ack it. */
export async function getMessage(channel: ConfirmChannel, queue: string): Promise<GetMessage> {
  let message: GetMessage | false = false;
  // A quorum queue gets the message back after the channel has closed.
  await until(async () => (message = await channel.get(queue)) !== false, 'a message');
  assert.ok(message);
  return message;
}

/** Takes the message of a queue and returns it in this way. */
export async function deliver(url: string, queue: string, ending: Ending): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  const message = await getMessage(channel, queue);
  if (ending === 'nack') channel.nack(message);
  if (ending === 'reject') channel.reject(message, true);
  if (ending === 'closed channel') await channel.close();
  // RabbitMQ 4.3 counts a nack that is followed by the end of its connection at once.
  if (ending === 'nack') await untilReturned(connection, queue);
  await connection.close();
}

async function untilReturned(connection: ChannelModel, queue: string): Promise<void> {
  const channel = await connection.createChannel();
  const isBack = async (): Promise<boolean> => (await channel.checkQueue(queue)).messageCount > 0;
  await until(isBack, 'the return of the message');
}
