import type { Delivery } from '../../transport/transport.ts';

/** Received deliveries that are not decided yet, in order. */
export class DeliveryBuffer {
  readonly #deliveries: Delivery[] = [];
  #waiter: PromiseWithResolvers<void> | undefined;

  push(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    this.#waiter?.resolve();
  }

  /** The next delivery; undefined after `idleTimeoutMs` without one, or when `stopped` aborts. */
  async next(idleTimeoutMs: number, stopped: AbortSignal): Promise<Delivery | undefined> {
    if (this.#deliveries.length === 0 && !stopped.aborted) await this.#wait(idleTimeoutMs, stopped);
    return stopped.aborted ? undefined : this.#deliveries.shift();
  }

  /** The deliveries that `next` has not returned. */
  get rest(): readonly Delivery[] {
    return this.#deliveries;
  }

  async #wait(idleTimeoutMs: number, stopped: AbortSignal): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiter = waiter;
    const wake = (): void => waiter.resolve();
    // One more turn: deliveries that were received while the event loop was busy are pushed first.
    const timer = setTimeout(() => setImmediate(wake), idleTimeoutMs);
    stopped.addEventListener('abort', wake, { once: true });
    await waiter.promise;
    clearTimeout(timer);
    stopped.removeEventListener('abort', wake);
    this.#waiter = undefined;
  }
}
