import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import { replyCodeOf, replyTextOf } from '../connection/reply.ts';
import { exists, labelOf, type TopologyObject } from './objects.ts';
import { withChannel } from '../connection/lifetime.ts';
import type { QueuePlan, TopologyPlan } from './plan.ts';
import { compareQueue, differencesIn, otherTypeOf } from './queueComparison.ts';

/**
 * Decides whether an existing exchange or queue can be used. A usable object is used with its
 * existing arguments and never deleted.
 */
export interface CompatibilityChecker {
  /**
   * Resolves to the reason why an existing object cannot be used, or to undefined. Logs other
   * differences once for each object.
   */
  problemOf(connection: ChannelModel, object: TopologyObject): Promise<string | undefined>;
}

export interface CompatibilityOptions {
  readonly plan: TopologyPlan;
  /** Called once for a classic queue that is planned as a quorum queue. */
  readonly onClassic: (queue: string) => void;
  readonly log: Log;
}

/** A retry queue with another of these arguments keeps or drops its expired messages. */
const RETURN_ARGUMENTS = ['x-dead-letter-exchange', 'x-dead-letter-routing-key', 'x-message-ttl'];

export function createCompatibilityChecker({
  plan,
  onClassic,
  log,
}: CompatibilityOptions): CompatibilityChecker {
  /** The labels of the objects that are compared and usable. */
  const compared = new Set<string>();

  async function problemOfExchange(
    connection: ChannelModel,
    exchange: TopologyObject,
  ): Promise<string | undefined> {
    try {
      await withChannel(connection, exchange.declare);
      return undefined;
    } catch (error) {
      const code = replyCodeOf(error);
      if (code === undefined) throw error;
      const reason = replyTextOf(error);
      const type = otherExchangeTypeIn(reason);
      if (type !== undefined && type !== 'direct') {
        return `${labelOf(exchange)} is of the type ${type}; it must be topic or direct`;
      }
      compared.add(labelOf(exchange));
      const fields = { exchange: exchange.name, reason };
      if (code === 406) log.warn(fields, 'exchange has other arguments; used as is');
      else log.warn(fields, 'exchange cannot be compared; used as is');
      return undefined;
    }
  }

  async function problemOfQueue(
    connection: ChannelModel,
    queue: QueuePlan,
  ): Promise<string | undefined> {
    const { name } = queue;
    const comparison = await compareQueue(connection, queue);
    const type = otherTypeOf(comparison);
    if (type === 'stream' && name === plan.ownQueue) return streamProblem(name);
    compared.add(labelOf({ kind: 'queue', name }));
    if (comparison.kind === 'different') warnOfDifferences(queue, comparison.actual);
    if (comparison.kind === 'unknown') {
      const { reason } = comparison;
      log.warn({ queue: name, reason }, 'queue cannot be compared; used as is');
    }
    if (type === 'classic') onClassic(name);
    return undefined;
  }

  function warnOfDifferences(
    queue: QueuePlan,
    actual: ReadonlyMap<string, string | undefined>,
  ): void {
    const fields = { queue: queue.name, differences: differencesIn(actual) };
    const isRetryQueue = 'x-message-ttl' in queue.arguments;
    if (isRetryQueue && RETURN_ARGUMENTS.some((argument) => actual.has(argument))) {
      log.warn(fields, 'retry queue does not return messages to its actor; retries are lost');
    } else log.warn(fields, 'queue has other arguments; used as is');
  }

  return {
    problemOf: async (connection, object) => {
      if (compared.has(labelOf(object))) return undefined;
      return object.plan === undefined
        ? problemOfExchange(connection, object)
        : problemOfQueue(connection, object.plan);
    },
  };
}

/**
 * Compares an existing queue with its plan. Returns a clause with the differences, or with the
 * reason why they cannot be compared; undefined if there are none, or no queue. A classic queue is
 * no difference: it has no delivery limit.
 */
export async function argumentProblemOf(
  connection: ChannelModel,
  plan: QueuePlan,
): Promise<string | undefined> {
  const { name } = plan;
  if (!(await exists(connection, { check: (channel) => channel.checkQueue(name) })))
    return undefined;
  const comparison = await compareQueue(connection, plan);
  if (comparison.kind === 'equal') return undefined;
  if (comparison.kind === 'unknown')
    return `its arguments cannot be compared: ${comparison.reason}`;
  const differences = differencesIn(comparison.actual).filter(
    (text) => text !== CLASSIC_DIFFERENCE,
  );
  if (differences.length === 0) return undefined;
  return `its arguments are not those of a sidecar: ${differences.join(', ')}`;
}

const CLASSIC_DIFFERENCE = 'x-queue-type is classic';

/** Returns the sentence with which `/readyz` reports a stream as the actor's queue. */
export function streamProblem(queue: string): string {
  return `queue "${queue}" is a stream, which cannot be consumed as an actor's queue`;
}

/** Returns the type of an existing exchange from the broker's refusal of another type. */
export function otherExchangeTypeIn(replyText: string): string | undefined {
  return OTHER_TYPE.exec(replyText)?.[1];
}

// inequivalent arg 'type' for exchange 'asya' in vhost '/': received 'topic' but current is
// 'fanout'
const OTHER_TYPE = /inequivalent arg 'type' .* but current is '([^']+)'$/s;
