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
  for (const [check, list] of Object.entries(commands)) {
    const find = (): Promise<Finding> => findRefused(list, options);
    yield runCheck(check, () => whileOpen(connection, find), limit, replyTextOf);
  }
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

/** Runs the commands one by one. A refusal for another reason than access is expected. */
async function findRefused(
  commands: readonly Command[],
  { connection }: TopologyCheckOptions,
): Promise<Finding> {
  for (const command of commands) {
    try {
      await withChannel(connection, command);
    } catch (error) {
      if (replyCodeOf(error) === undefined) throw error;
      if (replyCodeOf(error) === ACCESS_REFUSED) return failed(replyTextOf(error));
    }
  }
  return ok('granted');
}

const ACCESS_REFUSED = 403;
