import type { Channel, ChannelModel } from 'amqplib';
import { replyCodeOf } from '../connection/reply.ts';
import type { QueuePlan, TopologyPlan } from './plan.ts';
import { withChannel } from '../connection/lifetime.ts';

/** An exchange or a queue, and the commands that check, declare and bind it. */
export interface TopologyObject {
  readonly kind: 'exchange' | 'queue';
  readonly name: string;
  /** The plan of a queue; undefined for the exchange. */
  readonly plan: QueuePlan | undefined;
  /** Declares the object passively: fails with 404 if it does not exist. */
  readonly check: (channel: Channel) => Promise<unknown>;
  readonly declare: (channel: Channel) => Promise<unknown>;
  readonly bind: (channel: Channel) => Promise<unknown>;
}

export function exchangeObject(exchange: string): TopologyObject {
  return {
    kind: 'exchange',
    name: exchange,
    plan: undefined,
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'topic', { durable: true }),
    bind: async () => {},
  };
}

export function queueObject({ exchange }: TopologyPlan, plan: QueuePlan): TopologyObject {
  const { name, arguments: planned, bindingKey } = plan;
  return {
    kind: 'queue',
    name,
    plan,
    check: (channel) => channel.checkQueue(name),
    declare: (channel) => channel.assertQueue(name, { durable: true, arguments: planned }),
    bind: async (channel) => {
      if (bindingKey !== undefined) await channel.bindQueue(name, exchange, bindingKey);
    },
  };
}

/** Returns `queue "asya-infer"`. */
export function labelOf({ kind, name }: Pick<TopologyObject, 'kind' | 'name'>): string {
  return `${kind} "${name}"`;
}

export async function exists(
  connection: ChannelModel,
  { check }: Pick<TopologyObject, 'check'>,
): Promise<boolean> {
  try {
    await withChannel(connection, check);
    return true;
  } catch (error) {
    if (replyCodeOf(error) === 404) return false;
    throw error;
  }
}

/**
 * Checks and binds all objects on one channel, since usually none is missing. Resolves to false
 * when the broker refuses a command.
 */
export async function bindAll(
  connection: ChannelModel,
  objects: readonly TopologyObject[],
): Promise<boolean> {
  try {
    await withChannel(connection, async (channel) => {
      for (const { check, bind } of objects) {
        await check(channel);
        await bind(channel);
      }
    });
    return true;
  } catch (error) {
    if (replyCodeOf(error) === undefined) throw error;
    return false;
  }
}
