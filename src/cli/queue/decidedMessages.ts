import { createIdentify } from '../../transport/message.ts';
import type { Delivery } from '../../transport/transport.ts';

export type Verdict = 'acknowledge' | 'leave';

/**
 * Remembers the verdicts on the messages of a queue. It recognises a message that is redelivered
 * because its connection or lease was lost, so that each message is decided once. At most `limit`
 * verdicts are kept, the newest ones.
 */
export class DecidedMessages {
  readonly #limit: number;
  readonly #identify = createIdentify();
  readonly #byIdentity = new Map<string, readonly Decision[]>();
  readonly #inOrder: Decision[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param mayReturn reports whether the broker can deliver the message again */
  remember(delivery: Delivery, verdict: Verdict, mayReturn: () => boolean): void {
    const decision = { identity: this.#identify(delivery), verdict, mayReturn };
    this.#byIdentity.set(decision.identity, [...this.#decisionsOn(decision.identity), decision]);
    this.#inOrder.push(decision);
    if (this.#inOrder.length <= this.#limit) return;
    const oldest = this.#inOrder.shift();
    if (oldest !== undefined) this.#forget(oldest);
  }

  /**
   * Returns the verdict on an earlier delivery of this message, and forgets it. Undefined for a
   * message that is new.
   */
  recall(delivery: Delivery): Verdict | undefined {
    if (!delivery.redelivered) return undefined;
    const decisions = this.#decisionsOn(this.#identify(delivery));
    const decision = decisions.find(({ mayReturn }) => mayReturn());
    if (decision !== undefined) this.#forget(decision);
    return decision?.verdict;
  }

  #decisionsOn(identity: string): readonly Decision[] {
    return this.#byIdentity.get(identity) ?? [];
  }

  #forget(decision: Decision): void {
    const rest = this.#decisionsOn(decision.identity).filter((other) => other !== decision);
    if (rest.length > 0) this.#byIdentity.set(decision.identity, rest);
    else this.#byIdentity.delete(decision.identity);
  }
}

interface Decision {
  readonly identity: string;
  readonly verdict: Verdict;
  readonly mayReturn: () => boolean;
}
