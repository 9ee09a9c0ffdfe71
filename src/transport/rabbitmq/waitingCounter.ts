import { MINUTE } from '../../units.ts';
import { parkedQueue, retryQueue, type Topology } from '../queues.ts';
import type { QueueState } from '../inspection/inspectableTransport.ts';
import type { WaitingCounts } from '../inspection/inspectableTransport.ts';
import { brokerQueueName } from './topology/plan.ts';

export interface WaitingCounterOptions {
  readonly topology: Topology;
  /** Resolves to undefined while the broker cannot be asked. */
  readonly inspect: (queue: string) => Promise<QueueState | undefined>;
  /** A monotonic clock, in milliseconds. @default `performance.now` */
  readonly nowMs?: () => number;
}

/**
 * The time after which a missing on-demand queue is looked for again. Most retry queues of a
 * healthy pipeline never exist. When a missing queue is inspected, RabbitMQ closes the channel and
 * writes a line into its log; that takes fifty times the CPU of an inspection (1.3 ms, 0.02 ms).
 */
const ABSENT_MS = 30 * MINUTE;

/** Counts the messages in the queues of error-end, parked messages and retries. */
export class WaitingCounter {
  readonly #options: WaitingCounterOptions;
  readonly #nowMs: () => number;
  readonly #retryQueues: readonly string[];
  /** The end of the time in which an on-demand queue counts as missing, by its broker name. */
  readonly #absentUntilMs = new Map<string, number>();

  constructor(options: WaitingCounterOptions) {
    const { actor, retryDelaysMs } = options.topology;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#retryQueues = [...new Set(retryDelaysMs)].map((delayMs) => retryQueue(actor, delayMs));
  }

  async count(): Promise<WaitingCounts> {
    const { topology, inspect } = this.#options;
    const errorEnd = await inspect(topology.errorEnd);
    const parked = await this.#countOnDemand(parkedQueue(topology.errorEnd));
    let delayed: number | undefined = 0;
    for (const queue of this.#retryQueues) delayed = sum(delayed, await this.#countOnDemand(queue));
    return { errorEnd: errorEnd?.exists === true ? errorEnd.ready : undefined, parked, delayed };
  }

  /** The queue exists, because the sidecar sends to it. `queue` is its name on the broker. */
  onDeclared(queue: string): void {
    this.#absentUntilMs.delete(queue);
  }

  /** A missing on-demand queue holds no messages. */
  async #countOnDemand(queue: string): Promise<number | undefined> {
    const name = brokerQueueName(queue);
    if (this.#nowMs() < (this.#absentUntilMs.get(name) ?? -Infinity)) return 0;
    const state = await this.#options.inspect(queue);
    // The jitter spreads the inspections of sidecars that start together.
    if (state?.exists === false)
      this.#absentUntilMs.set(name, this.#nowMs() + ABSENT_MS * (1 - Math.random() / 2));
    return state?.ready;
  }
}

function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}
