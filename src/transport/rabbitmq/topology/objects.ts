import type { Channel, ChannelModel } from 'amqplib';
import type { TopologyPlan, QueuePlan } from './plan.ts';
import { codeOf } from '../connection/reply.ts';

/** An exchange or a queue, and how to check, declare and bind it. */
export interface Declarable {
  readonly kind: 'exchange' | 'queue';
  readonly name: string;
  /** The plan of a queue; undefined for the exchange. */
  readonly plan: QueuePlan | undefined;
  /** Declares it passively. */
  readonly check: (channel: Channel) => Promise<unknown>;
  readonly declare: (channel: Channel) => Promise<unknown>;
  readonly bind: (channel: Channel) => Promise<unknown>;
}

export function exchangeOf(exchange: string): Declarable {
  return {
    kind: 'exchange',
    name: exchange,
    plan: undefined,
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'topic', { durable: true }),
    bind: async () => {},
  };
}

export function queueOf({ exchange }: TopologyPlan): (queue: QueuePlan) => Declarable {
  return (plan) => {
    const { name, arguments: planned, bindingKey } = plan;
    return {
      kind: 'queue',
      name,
      plan,
      check: (channel) => channel.checkQueue(name),
      declare: (channel) => channel.assertQueue(name, { durable: true, arguments: planned }),
      bind: async (channel) =>
        bindingKey !== undefined && channel.bindQueue(name, exchange, bindingKey),
    };
  };
}

/** `queue "asya-infer"`. */
export function describe({ kind, name }: Pick<Declarable, 'kind' | 'name'>): string {
  return `${kind} "${name}"`;
}

export async function exists(connection: ChannelModel, { check }: Declarable): Promise<boolean> {
  try {
    await onChannel(connection, check);
    return true;
  } catch (error) {
    if (codeOf(error) === 404) return false;
    throw error;
  }
}

/** Runs a command on a channel of its own, since a refusal closes the channel. */
export async function onChannel(
  connection: ChannelModel,
  command: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  const channel = await connection.createChannel();
  // The command fails with the same error.
  channel.on('error', () => {});
  try {
    await command(channel);
  } finally {
    await channel.close().catch(() => undefined); // the broker has closed it already
  }
}
