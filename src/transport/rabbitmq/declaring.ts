import type { Channel, ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Plan, QueuePlan } from '../topology.ts';
import { backOff, hangUp, whileOpen } from './connecting.ts';

/** Makes sure that exchange and queues exist. */
export interface Declarer {
  /**
   * Resolves when everything exists, or, where nothing may be created, when at least the exchange does. Calls at
   * the same time share one run. Rejects only when the transport is closed.
   */
  ensure(): Promise<void>;
}

export interface DeclarerOptions {
  readonly plan: Plan;
  /** False: look only, and tell what is missing. */
  readonly autoCreate: boolean;
  readonly connect: (name: string) => Promise<ChannelModel>;
  /** Told after each look what is missing, one sentence each. */
  readonly onMissing: (missing: readonly string[]) => void;
  readonly closed: AbortSignal;
  readonly log: Log;
}

const MAX_JITTER_MS = 500;
const LOOK_AGAIN_MS = 5_000;

export function createDeclarer(options: DeclarerOptions): Declarer {
  const { plan, autoCreate, connect, onMissing, closed, log } = options;
  const exchange = exchangeThing(plan.exchange);
  // What the later ones dead-letter to is among the earlier ones.
  const stages = [[exchange], plan.queues.map(queueThing(plan)), plan.retryQueues.map(queueThing(plan))];
  const compared = new Set<Thing>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let failures = 0; ; failures++) {
      closed.throwIfAborted();
      const missing = await lookOnce();
      if (missing?.size === 0) return;
      if (missing !== undefined && !autoCreate && !missing.has(exchange)) {
        lookAgainLater().catch(() => {}); // the transport was closed
        return;
      }
      await backOff(failures, closed);
    }
  }

  async function lookAgainLater(): Promise<void> {
    await sleep(LOOK_AGAIN_MS, undefined, { signal: closed });
    await ensure();
  }

  /** Undefined when the broker could not be asked. */
  async function lookOnce(): Promise<ReadonlySet<Thing> | undefined> {
    let connection: ChannelModel | undefined;
    try {
      const opened = await connect('declares');
      connection = opened;
      const missing = await whileOpen(opened, () => lookThrough(opened));
      onMissing([...missing.values()]);
      return new Set(missing.keys());
    } catch (error) {
      log.warn({ err: error }, 'could not look whether exchange and queues exist; looking again');
      return undefined;
    } finally {
      if (connection !== undefined) await hangUp(connection);
    }
  }

  async function lookThrough(connection: ChannelModel): Promise<Map<Thing, string>> {
    const missing = new Map<Thing, string>();
    // One for all: six sidecars that start at once must not all declare at once.
    let jitter: Promise<void> | undefined;
    const waitForOthers = (): Promise<void> => (jitter ??= sleep(Math.random() * MAX_JITTER_MS));
    for (const things of stages) {
      const look = async (thing: Thing): Promise<void> => {
        const problem = await ensureThing(connection, thing, waitForOthers);
        if (problem !== undefined) missing.set(thing, `${thing.name} ${problem}`);
      };
      await Promise.all(things.map(look));
    }
    return missing;
  }

  /** Resolves to what is wrong with it. Rejects when the connection is lost. */
  async function ensureThing(
    connection: ChannelModel,
    thing: Thing,
    waitForOthers: () => Promise<void>,
  ): Promise<string | undefined> {
    try {
      if (await exists(connection, thing)) return autoCreate ? await adopt(connection, thing) : undefined;
      if (!autoCreate) return 'does not exist';
      await waitForOthers();
      if (!(await exists(connection, thing))) await onChannel(connection, thing.declare);
      compared.add(thing);
      await onChannel(connection, thing.bind);
      return undefined;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return `cannot be declared: ${messageOf(error)}`;
    }
  }

  /** What somebody else has declared is bound and used as it is; that it differs from the plan is told once. */
  async function adopt(connection: ChannelModel, thing: Thing): Promise<undefined> {
    if (!compared.has(thing)) {
      compared.add(thing);
      await onChannel(connection, thing.declare).catch((error: unknown) => {
        if (codeOf(error) === undefined) throw error;
        log.warn({ err: error }, `${thing.name} is not what would be declared; it is used as it is`);
      });
    }
    await onChannel(connection, thing.bind);
  }

  function ensure(): Promise<void> {
    running ??= run().finally(() => (running = undefined));
    return running;
  }

  return { ensure };
}

/** An exchange or a queue, and how to look for it and make it. */
interface Thing {
  readonly name: string;
  readonly check: (channel: Channel) => Promise<unknown>;
  readonly declare: (channel: Channel) => Promise<unknown>;
  readonly bind: (channel: Channel) => Promise<unknown>;
}

function exchangeThing(exchange: string): Thing {
  return {
    name: `exchange "${exchange}"`,
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'topic', { durable: true }),
    bind: async () => {},
  };
}

function queueThing({ exchange }: Plan): (queue: QueuePlan) => Thing {
  return ({ name, arguments: args, boundBy }) => ({
    name: `queue "${name}"`,
    check: (channel) => channel.checkQueue(name),
    declare: (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
    bind: async (channel) => boundBy !== undefined && channel.bindQueue(name, exchange, boundBy),
  });
}

async function exists(connection: ChannelModel, thing: Thing): Promise<boolean> {
  try {
    await onChannel(connection, thing.check);
    return true;
  } catch (error) {
    if (codeOf(error) === 404) return false;
    throw error;
  }
}

/** On a channel of its own: what the broker refuses closes the channel. */
async function onChannel(
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
