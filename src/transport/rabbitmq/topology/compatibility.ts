import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import type { TopologyPlan, QueuePlan } from './plan.ts';
import { compareQueue, differencesIn, otherTypeOf } from './queueComparison.ts';
import { describe, onChannel, type Declarable } from './objects.ts';
import { codeOf, replyTextOf } from '../connection/reply.ts';

/**
 * Decides whether an existing exchange or queue can be used. It is used as it is, and never
 * deleted.
 */
export interface Adoption {
  /**
   * The reason why an existing object cannot be used, if any. Other differences are logged, once
   * for each object.
   */
  problemOf(connection: ChannelModel, it: Declarable): Promise<string | undefined>;
}

export interface AdoptionOptions {
  readonly plan: TopologyPlan;
  /** Called once for a queue that is planned as a quorum queue and is a classic one. */
  readonly onClassic: (queue: string) => void;
  readonly log: Log;
}

/**
 * A queue must return its expired messages to the actor: without one of these it keeps or drops
 * them.
 */
const DEAD_LETTERING = ['x-dead-letter-exchange', 'x-dead-letter-routing-key', 'x-message-ttl'];

export function createAdoption({ plan, onClassic, log }: AdoptionOptions): Adoption {
  /** The objects whose differences are known and logged. */
  const compared = new Set<string>();

  async function problemOfExchange(
    connection: ChannelModel,
    it: Declarable,
  ): Promise<string | undefined> {
    try {
      await onChannel(connection, it.declare);
      return undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      const reason = replyTextOf(error);
      const type = OTHER_TYPE.exec(reason)?.[1];
      if (type !== undefined && type !== 'direct') {
        return `${describe(it)} is of the type ${type}; it must be topic or direct`;
      }
      compared.add(describe(it));
      const difference = code === 406 ? 'has other arguments' : 'cannot be compared';
      log.warn({ exchange: it.name, reason }, `exchange ${difference}; used as it is`);
      return undefined;
    }
  }

  async function problemOfQueue(
    connection: ChannelModel,
    queue: QueuePlan,
  ): Promise<string | undefined> {
    const comparison = await compareQueue(connection, queue);
    const type = otherTypeOf(comparison);
    if (type === 'stream' && queue.name === plan.ownQueue) return streamProblem(queue.name);
    compared.add(describe({ kind: 'queue', name: queue.name }));
    switch (comparison.kind) {
      case 'equal':
        break;
      case 'unknown':
        log.warn(
          { queue: queue.name, reason: comparison.reason },
          'queue cannot be compared; used as it is',
        );
        break;
      case 'different':
        warnOfDifferences(queue, comparison.actual);
    }
    if (type === 'classic') onClassic(queue.name);
    return undefined;
  }

  function warnOfDifferences(
    queue: QueuePlan,
    actual: ReadonlyMap<string, string | undefined>,
  ): void {
    const fields = { queue: queue.name, differences: differencesIn(actual) };
    const isRetryQueue = 'x-message-ttl' in queue.arguments;
    if (isRetryQueue && DEAD_LETTERING.some((argument) => actual.has(argument))) {
      log.warn(fields, 'retry queue does not return messages to its actor; retries are lost in it');
    } else log.warn(fields, 'queue has other arguments; used as it is');
  }

  return {
    problemOf: async (connection, it) => {
      if (compared.has(describe(it))) return undefined;
      return it.plan === undefined
        ? problemOfExchange(connection, it)
        : problemOfQueue(connection, it.plan);
    },
  };
}

/** Why a stream cannot be an actor's queue, as `/readyz` shows it. */
export function streamProblem(queue: string): string {
  return `queue "${queue}" is a stream, which cannot be consumed as an actor's queue`;
}

// inequivalent arg 'type' for exchange 'asya' in vhost '/': received 'topic' but current is
// 'fanout'
const OTHER_TYPE = /inequivalent arg 'type' .* but current is '([^']+)'$/s;
