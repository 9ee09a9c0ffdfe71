import { MINUTE } from '../units.ts';

/**
 * The queues that a sidecar needs. An adapter declares them when the transport opens, and again
 * when one was deleted.
 */
export interface Topology {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The delays of the actor's retry queues, in milliseconds. */
  readonly retryDelaysMs: readonly number[];
}

/** The queue of an end for messages that the end itself failed to handle. It has no consumer. */
export function parkedQueue(actor: string): string {
  return `${actor}:parked`;
}

/** Separates the actor's name from the delay in the name of a retry queue. */
export const RETRY_SEPARATOR = ':retry:';

/**
 * The queue in which messages of an actor wait for one delay, on brokers that need one queue per
 * delay. The name contains the delay: a changed setting creates new queues, and messages in the old
 * ones keep their delay.
 */
export function retryQueue(actor: string, delayMs: number): string {
  return `${actor}${RETRY_SEPARATOR}${delayMs}`;
}

/** The time after which a broker drops a copy in a reply queue, in milliseconds. */
export const COPY_TTL_MS = 5 * MINUTE;

/** All queues of a topology except its retry queues, which only some brokers need. */
export function queuesOf({ actor, happyEnd, errorEnd }: Topology): readonly string[] {
  return [...new Set([actor, happyEnd, errorEnd, parkedQueue(errorEnd)])];
}
