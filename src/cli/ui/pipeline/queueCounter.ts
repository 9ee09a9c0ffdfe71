import type { Config } from '../../../config/config.ts';
import type {
  InspectableTransport,
  QueueState,
} from '../../../transport/inspection/inspectableTransport.ts';
import { parkedQueue } from '../../../transport/queues.ts';
import { MINUTE, SECOND } from '../../../units.ts';
import { sourcesOf } from '../../queue/sources.ts';
import type { QueueCounts } from './contract.ts';

export interface QueueCounterOptions {
  readonly config: Config;
  /** Undefined until the transport is open. */
  readonly transport: () => Pick<InspectableTransport, 'inspect'> | undefined;
  /** A monotonic clock, in milliseconds. @default `performance.now` */
  readonly nowMs?: () => number;
  /** The longest time for one operation of the broker. @default 5 s */
  readonly timeoutMs?: number;
}

/** The number of messages in a queue. */
export interface QueueDepth {
  readonly depth: number;
  /** A time before the count, in milliseconds since the epoch. */
  readonly atMs: number;
}

interface TimedCounts extends Pick<QueueDepth, 'atMs'> {
  readonly counts: QueueCounts;
}

/**
 * A missing queue is looked for again after this time. RabbitMQ closes a channel and writes a line
 * into its log when a missing queue is inspected, and most retry queues never exist.
 */
const ABSENT_MS = { expected: 30 * SECOND, onDemand: 10 * MINUTE };
const TIMEOUT_MS = 5 * SECOND;

/** Counts the messages in the queues of actors with few operations, one after another. */
export class QueueCounter {
  readonly #options: QueueCounterOptions;
  readonly #nowMs: () => number;
  /** When a missing queue was last looked for. */
  readonly #absentSinceMs = new Map<string, number>();
  #retrying: ReadonlySet<string> = new Set();
  readonly #counts = new Map<string, TimedCounts>();

  constructor(options: QueueCounterOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** The counts of the last round; undefined while the broker cannot be asked. */
  of(actor: string): QueueCounts | undefined {
    return this.#counts.get(actor)?.counts;
  }

  /** The messages in error-end's queue or its parked queue; undefined if they are not known. */
  depthOf(queue: string): QueueDepth | undefined {
    const { errorEnd } = this.#options.config;
    const { counts, atMs = 0 } = this.#counts.get(errorEnd) ?? {};
    const depth =
      queue === errorEnd
        ? counts?.ready
        : queue === parkedQueue(errorEnd)
          ? counts?.parked
          : undefined;
    return depth === undefined ? undefined : { depth, atMs };
  }

  /**
   * Counts the queues of all actors. Never rejects.
   * @param retrying the actors that retry messages, so that their retry queues are looked for
   */
  async count(actors: readonly string[], retrying: ReadonlySet<string>): Promise<void> {
    for (const actor of retrying) if (!this.#retrying.has(actor)) this.#expectRetries(actor);
    this.#retrying = retrying;
    for (const actor of actors) {
      const atMs = Date.now();
      const counts = await this.#countActor(actor, retrying.has(actor));
      if (counts === undefined) this.#counts.delete(actor);
      else this.#counts.set(actor, { counts, atMs });
    }
  }

  /** Looks for the retry queues in this round. */
  #expectRetries(actor: string): void {
    for (const { name } of sourcesOf(actor, 'retries', this.#options.config))
      this.#absentSinceMs.delete(name);
  }

  async #countActor(actor: string, isRetrying: boolean): Promise<QueueCounts | undefined> {
    const { errorEnd } = this.#options.config;
    const state = await this.#inspect(actor, ABSENT_MS.expected);
    if (state === undefined) return undefined;
    const retry = state.delayed ?? (await this.#countRetries(actor, isRetrying));
    const parked =
      actor === errorEnd
        ? await this.#inspect(parkedQueue(errorEnd), ABSENT_MS.onDemand)
        : undefined;
    return {
      exists: state.exists,
      ready: state.ready,
      ...(retry === undefined ? {} : { retry }),
      ...(parked === undefined ? {} : { parked: parked.ready }),
      ...(state.consumers === undefined ? {} : { consumers: state.consumers }),
    };
  }

  /** Counts the messages in the retry queues, where the broker has such queues. */
  async #countRetries(actor: string, isRetrying: boolean): Promise<number | undefined> {
    const absentMs = isRetrying ? ABSENT_MS.expected : ABSENT_MS.onDemand;
    let sum = 0;
    for (const { name } of sourcesOf(actor, 'retries', this.#options.config)) {
      const state = await this.#inspect(name, absentMs);
      if (state === undefined) return undefined;
      sum += state.ready;
    }
    return sum;
  }

  async #inspect(queue: string, absentMs: number): Promise<QueueState | undefined> {
    const sinceMs = this.#absentSinceMs.get(queue) ?? Number.NEGATIVE_INFINITY;
    if (this.#nowMs() < sinceMs + absentMs) return MISSING;
    const state = await this.#ask(queue);
    // Without the broker, no queue is known to be missing.
    if (state === undefined) this.#absentSinceMs.clear();
    else if (state.exists) this.#absentSinceMs.delete(queue);
    else this.#absentSinceMs.set(queue, this.#nowMs());
    return state;
  }

  /** Resolves to undefined when the broker does not answer in time. */
  async #ask(queue: string): Promise<QueueState | undefined> {
    const transport = this.#options.transport();
    if (transport === undefined) return undefined;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), this.#options.timeoutMs ?? TIMEOUT_MS);
    try {
      return await Promise.race([transport.inspect(queue), late.promise]);
    } catch {
      // A SQLite file that is locked or damaged; the session reports it.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

const MISSING: QueueState = { exists: false, ready: 0, consumers: undefined, leased: undefined };
