/** Wakes the streams that wait for a change. */
export class Changes {
  #next: PromiseWithResolvers<void> | undefined;

  /** Resolves at the next `notify`. */
  wait(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return this.#next.promise;
  }

  notify(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
  }
}
