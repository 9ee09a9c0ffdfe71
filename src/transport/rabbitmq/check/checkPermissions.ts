import type { Channel } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { failed, ok, runCheck, type CheckResult, type Finding } from '../../../check.ts';
import { whileOpen, withChannel } from '../connection/lifetime.ts';
import { replyCodeOf, replyTextOf } from '../connection/reply.ts';
import { CREATION_GUARD, type TopologyCheckOptions } from '../topology/checkTopology.ts';

/**
 * Checks the permissions of the user by commands without an effect: the broker checks the
 * permission of a command before it finds the command invalid.
 */
export async function* checkPermissions(
  options: TopologyCheckOptions,
): AsyncGenerator<CheckResult> {
  const { connection, autoCreate, limit } = options;
  const commands: Readonly<Record<string, readonly Command[]>> = {
    ...(autoCreate
      ? {
          'permission to declare': declarations(options),
          'permission to bind': bindings(options),
        }
      : {}),
    'permission to consume': [consumption(options)],
  };
  const running = Object.entries(commands).map(([check, list]) => {
    const find = (): Promise<Finding> => findRefused(list, options);
    return runCheck(check, () => whileOpen(connection, find), limit, replyTextOf);
  });
  for (const result of running) yield result;
}

type Command = (channel: Channel) => Promise<unknown>;

/** Invalid declarations of all objects. They need the permission `configure`. */
function declarations({ plan }: TopologyCheckOptions): readonly Command[] {
  const { exchange, queues, onDemandQueues } = plan;
  return [
    (channel) => channel.assertExchange(exchange, 'topic', { arguments: CREATION_GUARD.exchange }),
    ...[...queues, ...onDemandQueues].map(
      ({ name, arguments: planned }): Command =>
        (channel) =>
          channel.assertQueue(name, { arguments: { ...planned, ...CREATION_GUARD.queue } }),
    ),
  ];
}

/**
 * Removals of bindings that do not exist. They need the permission `write` for the queue, and
 * `read` for the exchange.
 */
function bindings({ plan }: TopologyCheckOptions): readonly Command[] {
  const key = randomUUID();
  return plan.queues.map(
    ({ name }): Command =>
      (channel) =>
        channel.unbindQueue(name, plan.exchange, key),
  );
}

/** An invalid consumer of the own queue. It needs the permission `read`. */
function consumption({ plan }: TopologyCheckOptions): Command {
  const invalid = { arguments: { 'x-priority': 'none' } };
  return (channel) => channel.consume(plan.ownQueue, () => {}, invalid);
}

/** Runs the commands. A refusal for another reason than access is expected. */
async function findRefused(
  commands: readonly Command[],
  { connection }: TopologyCheckOptions,
): Promise<Finding> {
  const refusals = await Promise.all(
    commands.map((command) => withChannel(connection, command).catch(accessRefusalIn)),
  );
  const refusal = refusals.find((text) => typeof text === 'string');
  return refusal === undefined ? ok('granted') : failed(refusal);
}

/**
 * Returns the broker's text if it refused access; undefined if it refused a command for another
 * reason.
 * @throws any other error, such as a lost connection
 */
function accessRefusalIn(error: unknown): string | undefined {
  if (replyCodeOf(error) === undefined) throw error;
  return replyCodeOf(error) === ACCESS_REFUSED ? replyTextOf(error) : undefined;
}

const ACCESS_REFUSED = 403;
