import type { Config } from '../../config/config.ts';
import { SCHEMA } from '../../config/schema.ts';
import { parkedQueue, retryQueue } from '../../transport/queues.ts';

/** The actor's queue, its retry queues, or first the queue and then the retry queues. */
export type Part = 'queue' | 'retries' | 'all';

/** A queue that a command reads. */
export interface Source {
  readonly name: string;
  /** The delay of a retry queue, in milliseconds. */
  readonly delayMs?: number;
  /** The queue is declared before its first message. If it does not exist, it holds nothing. */
  readonly isOnDemand: boolean;
}

/** The queues of a part of an actor, in the order in which they are read. */
export function sourcesOf(queue: string, part: Part, config: Config): readonly Source[] {
  const own = { name: queue, isOnDemand: queue === parkedQueue(config.errorEnd) };
  const retries = retryDelaysOf(config).map((delayMs) => ({
    name: retryQueue(queue, delayMs),
    delayMs,
    isOnDemand: true,
  }));
  return [...(part === 'retries' ? [] : [own]), ...(part === 'queue' ? [] : retries)];
}

/**
 * The delays of the retry queues to look for, in milliseconds: those of this configuration, which
 * may not be the actor's, and the defaults. AMQP cannot list queues.
 */
function retryDelaysOf({ retry }: Config): readonly number[] {
  const delaysMs = new Set([...retry.backoffMs, ...SCHEMA.ASYA_RETRY_BACKOFF.default]);
  return [...delaysMs].toSorted((a, b) => a - b);
}
