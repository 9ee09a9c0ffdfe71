import { randomUUID } from 'node:crypto';
import { errorQueueOf, type ErrorQueue } from '../../errorQueue/errorQueue.ts';
import { lookAtErrors, type ErrorLook } from '../../errorQueue/lookAtErrors.ts';
import { countOf, describeGap } from '../../errorQueue/queueReport.ts';
import { RequestError } from '../server/routes/requestError.ts';
import { answerFailure, type ErrorSource } from './errorSource.ts';
import { namesIn, type NamedActors } from './index/namedActors.ts';
import { ErrorIndex, INDEX_LIMITS, type IndexLimits } from './index/errorIndex.ts';

/** One look at a queue, and its index. */
export interface StoredLook {
  readonly id: string;
  readonly queue: ErrorQueue;
  /** In milliseconds since the epoch. */
  readonly asOfMs: number;
  /** What the index does not contain, and why. */
  readonly gap: string | undefined;
  readonly index: ErrorIndex;
  readonly names: NamedActors;
}

/** The number of looks at each queue that are kept, so that two people do not end each other's. */
const MAX_LOOKS = 2;

/** Takes looks at error-end's queue and its parked queue, and keeps the newest ones. */
export class Looks {
  readonly #source: ErrorSource;
  readonly #limits: IndexLimits;
  /** The newest look first, by the name of the queue. */
  readonly #looks = new Map<string, readonly StoredLook[]>();

  constructor(source: ErrorSource, limits: IndexLimits = INDEX_LIMITS) {
    this.#source = source;
    this.#limits = limits;
  }

  /**
   * Reads a queue once. The messages stay in the queue, in their order.
   * @throws {RequestError}
   */
  async take(isParked: boolean, closed: AbortSignal): Promise<StoredLook> {
    const queue = errorQueueOf(isParked, this.#source.config);
    const read = (): Promise<StoredLook> => this.#read(queue, closed);
    const look = await answerFailure(this.#source.turns.look(queue.name, closed, read));
    const kept = this.#looks.get(queue.name) ?? [];
    this.#looks.set(queue.name, [look, ...kept].slice(0, MAX_LOOKS));
    return look;
  }

  /** @throws {RequestError} 404 for a look that has ended */
  find(id: string): StoredLook {
    const found = [...this.#looks.values()].flat().find((look) => look.id === id);
    if (found !== undefined) return found;
    throw new RequestError(404, 'the look has ended; refresh');
  }

  /** The newest look at each queue. */
  newest(): readonly StoredLook[] {
    return [...this.#looks.values()].flatMap(([look]) => look ?? []);
  }

  async #read(queue: ErrorQueue, closed: AbortSignal): Promise<StoredLook> {
    const { identify } = this.#source;
    const index = new ErrorIndex(this.#limits);
    const full = new AbortController();
    const context = this.#source.contextOf(closed);
    const look = await lookAtErrors(
      {
        queue,
        filter: { matches: () => true, limit: Number.POSITIVE_INFINITY },
        enough: full.signal,
        onMessage(message, queued) {
          const identity = identify(queued);
          index.add(message, { identity, sizeBytes: queued.body.length });
          if (index.isFull) full.abort();
        },
      },
      context,
    );
    if (closed.aborted) throw new RequestError(503, 'stopped before all messages were read');
    const gaps = [describeGap(queue, look, context), ...describeRest(queue, look, index)];
    const gap = gaps.filter((text) => text !== undefined).join('; ');
    return {
      id: randomUUID(),
      queue,
      asOfMs: look.asOfMs,
      gap: gap === '' ? undefined : gap,
      index,
      names: namesIn(index),
    };
  }
}

function describeRest(
  { name }: ErrorQueue,
  { end, held, consumers = 0, read }: ErrorLook,
  { isFull, rows }: ErrorIndex,
): readonly string[] {
  const full = `the index has room for the first ${countOf(rows.length, 'message')} of "${name}"`;
  const others = `${countOf(consumers, 'consumer')} of "${name}" may have received the messages`;
  return [
    ...(isFull && end === 'stopped' ? [full] : []),
    ...(held > 0 ? [`another process holds ${countOf(held, 'message')}`] : []),
    ...(read === 0 && consumers > 0 ? [others] : []),
  ];
}
