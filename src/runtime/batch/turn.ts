import type { Reply } from '../runtime.ts';

/**
 * The turn of one item to be called alone, after the call of its batch has failed. It comes when
 * the slot of the batch is free and the items before it have had their turns.
 */
export class Turn {
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #refused = Promise.withResolvers<Reply>();
  readonly #ended = Promise.withResolvers<void>();

  /** Resolves when the next item may have its turn. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  begin(): void {
    this.#begun.resolve(undefined);
  }

  /** Ends the wait with a reply. */
  refuse(reply: Reply): void {
    this.#refused.resolve(reply);
  }

  /**
   * Waits for the turn, and then for the runtime.
   * @param untilReady resolves when the runtime can be called
   * @returns the reply of a refused turn
   */
  async wait(untilReady: () => Promise<undefined>): Promise<Reply | undefined> {
    const refused = this.#refused.promise;
    const early = await Promise.race([refused, this.#begun.promise]);
    return early ?? Promise.race([refused, untilReady()]);
  }

  end(): void {
    this.#ended.resolve();
  }
}
