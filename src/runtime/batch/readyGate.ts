import type { RuntimeState } from '../runtime.ts';

/** Is open while the runtime can be called. */
export class ReadyGate {
  #opening: PromiseWithResolvers<undefined> | undefined;

  set({ ready }: RuntimeState): void {
    if (!ready) {
      this.#opening ??= Promise.withResolvers();
      return;
    }
    this.#opening?.resolve(undefined);
    this.#opening = undefined;
  }

  async passed(): Promise<undefined> {
    // The gate may have closed again before the wait continues.
    while (this.#opening !== undefined) await this.#opening.promise;
  }
}
