import type { Transport, ReplyTransport } from '../transport.ts';
import type { QueueReader } from './queueReader.ts';

/** A transport that also reports on its queues, for telemetry and commands. */
export interface InspectableTransport extends Transport, ReplyTransport, QueueReader {
  /** The number of ready messages; undefined while the broker cannot be asked. */
  depth(queue: string): Promise<number | undefined>;
  /** The state of a queue; undefined while the broker cannot be asked. */
  inspect(queue: string): Promise<QueueState | undefined>;
  /** Counts the messages of the topology that wait outside of the actor's queue. */
  countWaiting(): Promise<WaitingCounts>;
}

/**
 * Numbers of waiting messages. A number is undefined while the broker cannot be asked, and without
 * a topology.
 */
export interface WaitingCounts {
  /** The messages that are ready in error-end's queue. */
  readonly errorEnd?: number | undefined;
  /** The messages in error-end's parked queue; 0 before it is declared. */
  readonly parked?: number | undefined;
  /** The messages for the actor whose delay has not passed. */
  readonly delayed?: number | undefined;
}

export interface QueueState {
  /** False when the queue was never declared, or was deleted. */
  readonly exists: boolean;
  /** The number of messages that are ready to be delivered. */
  readonly ready: number;
  /** Undefined where the transport does not count consumers. */
  readonly consumers: number | undefined;
  /**
   * The number of leased messages, and the end of the last lease in milliseconds since the epoch.
   * Undefined when there are none, or where the transport has no leases.
   */
  readonly leased: { readonly count: number; readonly untilMs: number } | undefined;
  /** The number of delayed messages; absent where they wait in queues of their own. */
  readonly delayed?: number;
}
