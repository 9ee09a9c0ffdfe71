import type { Delivery } from '../../transport/transport.ts';

/** Deliveries that have come and are not visited yet, in their order. */
export class DeliveryBuffer {
  readonly #waiting: Delivery[] = [];
  #wake = (): void => {}; // replaced while `next` waits

  push(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#wake();
  }

  /** The next one; undefined when `stopped` aborts, or nothing comes for `quietMs` milliseconds. */
  async next(quietMs: number, stopped: AbortSignal): Promise<Delivery | undefined> {
    if (this.#waiting.length === 0 && !stopped.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      // One more turn: what came while the event loop was busy has not been seen yet.
      const timer = setTimeout(() => setImmediate(resolve), quietMs);
      stopped.addEventListener('abort', this.#wake, { once: true });
      await promise;
      clearTimeout(timer);
      stopped.removeEventListener('abort', this.#wake);
    }
    return stopped.aborted ? undefined : this.#waiting.shift();
  }

  get rest(): readonly Delivery[] {
    return this.#waiting;
  }
}
