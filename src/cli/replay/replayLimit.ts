/** Admits messages until `max` of them are replayed. */
export class ReplayLimit {
  readonly #max: number;
  #admitted = 0;
  #replayed = 0;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Resolves to true when one more message may be replayed, and to false when the limit is reached.
   * Waits while the messages that were admitted can still fail.
   */
  async admit(): Promise<boolean> {
    while (!this.#isClosed && this.#admitted >= this.#max) await this.#changed.promise;
    if (this.#isClosed) return false;
    this.#admitted++;
    return true;
  }

  /** Records the end of an admitted message. */
  record(isReplayed: boolean): void {
    if (isReplayed) this.#replayed++;
    else this.#admitted--;
    if (this.isReached) this.#isClosed = true;
    this.#notify();
  }

  get isReached(): boolean {
    return this.#replayed >= this.#max;
  }

  /** Admits no more messages. */
  close(): void {
    this.#isClosed = true;
    this.#notify();
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
