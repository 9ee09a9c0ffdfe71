import type { Delivery } from '../../transport.ts';

type OnDelivery = (delivery: Delivery) => void;

/** Passes deliveries to the caller of `receive`. After `close` it holds them. */
export class DeliveryGate {
  readonly #onDelivery: OnDelivery;
  readonly #held: Delivery[] = [];
  #isClosed = false;

  constructor(onDelivery: OnDelivery) {
    this.#onDelivery = onDelivery;
  }

  get held(): readonly Delivery[] {
    return this.#held;
  }

  pass(delivery: Delivery): void {
    if (this.#isClosed) this.#held.push(delivery);
    else this.#onDelivery(delivery);
  }

  close(): void {
    this.#isClosed = true;
  }
}
