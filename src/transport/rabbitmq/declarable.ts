import type { Channel, ChannelModel } from 'amqplib';
import type { Plan, QueuePlan } from '../topology.ts';

/** An exchange or a queue, and how to look for it and make it. */
export interface Declarable {
  readonly kind: 'exchange' | 'queue';
  readonly name: string;
  readonly check: (channel: Channel) => Promise<unknown>;
  readonly declare: (channel: Channel) => Promise<unknown>;
  readonly bind: (channel: Channel) => Promise<unknown>;
  /** How it would be declared as a classic queue, where that matters. */
  readonly declareClassic: readonly ((channel: Channel) => Promise<unknown>)[];
}

export function exchangeOf(exchange: string): Declarable {
  return {
    kind: 'exchange',
    name: exchange,
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'topic', { durable: true }),
    bind: async () => {},
    declareClassic: [],
  };
}

export function queueOf({ exchange }: Plan): (queue: QueuePlan) => Declarable {
  return ({ name, arguments: planned, classicArguments, boundBy }) => {
    const declareAs =
      (args: QueuePlan['arguments']) =>
      (channel: Channel): Promise<unknown> =>
        channel.assertQueue(name, { durable: true, arguments: args });
    return {
      kind: 'queue',
      name,
      check: (channel) => channel.checkQueue(name),
      declare: declareAs(planned),
      bind: async (channel) => boundBy !== undefined && channel.bindQueue(name, exchange, boundBy),
      declareClassic: classicArguments.map(declareAs),
    };
  };
}

/** As people read it. */
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

/** On a channel of its own: what the broker refuses closes the channel. */
export async function onChannel(
  connection: ChannelModel,
  ask: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  const channel = await connection.createChannel();
  // The call that caused it fails with the same.
  channel.on('error', () => {});
  try {
    await ask(channel);
  } finally {
    await channel.close().catch(() => undefined); // the broker has closed it already
  }
}

/** The reply code with which the broker has closed the channel; undefined when it was the connection that ended. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
