import { createIdentify } from '../../transport/message.ts';
import type { Delivery } from '../../transport/transport.ts';

export type Verdict = 'acknowledge' | 'leave';

/**
 * Remembers what was decided of the messages of a queue, and recognises those that are delivered
 * again because the connection or the lease was lost, so that each is decided once. The newest
 * `limit` are remembered.
 */
export class DecidedMessages {
  readonly #limit: number;
  readonly #identify = createIdentify();
  readonly #byIdentity = new Map<string, readonly Visit[]>();
  readonly #order: Visit[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param mayReturn whether the broker can deliver the message again by now */
  add(delivery: Delivery, verdict: Verdict, mayReturn: () => boolean): void {
    const visit = { identity: this.#identify(delivery), verdict, mayReturn };
    this.#byIdentity.set(visit.identity, [...this.#of(visit.identity), visit]);
    this.#order.push(visit);
    if (this.#order.length <= this.#limit) return;
    const oldest = this.#order.shift();
    if (oldest !== undefined) this.#forget(oldest);
  }

  /**
   * What was decided of an earlier delivery of this message, which is forgotten; undefined for a
   * new message.
   */
  recall(delivery: Delivery): Verdict | undefined {
    if (!delivery.redelivered) return undefined;
    const visit = this.#of(this.#identify(delivery)).find(({ mayReturn }) => mayReturn());
    if (visit !== undefined) this.#forget(visit);
    return visit?.verdict;
  }

  #of(identity: string): readonly Visit[] {
    return this.#byIdentity.get(identity) ?? [];
  }

  #forget(visit: Visit): void {
    const rest = this.#of(visit.identity).filter((other) => other !== visit);
    if (rest.length > 0) this.#byIdentity.set(visit.identity, rest);
    else this.#byIdentity.delete(visit.identity);
  }
}

interface Visit {
  readonly identity: string;
  readonly verdict: Verdict;
  readonly mayReturn: () => boolean;
}
