import type { Subscription } from '../transport.ts';
import type { Session, SubscribeOptions } from './session.ts';

/** The subscriptions of a transport. They continue in the next session when a session ends. */
export class Subscriptions {
  readonly #consumeAll = new Set<(session: Session) => void>();

  /** Consumes a queue in the current session, if there is one, and in all later sessions. */
  add(options: SubscribeOptions, session: Session | undefined): Subscription {
    let consumer: ReturnType<Session['consume']> | undefined;
    const consume = (next: Session): void => void (consumer = next.consume(options));
    this.#consumeAll.add(consume);
    if (session !== undefined) consume(session);
    return {
      cancel: async () => {
        this.#consumeAll.delete(consume);
        await consumer?.stop();
      },
    };
  }

  /** Continues all subscriptions in a new session. */
  continueIn(session: Session): void {
    for (const consume of this.#consumeAll) consume(session);
  }

  clear(): void {
    this.#consumeAll.clear();
  }
}
