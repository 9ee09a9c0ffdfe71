import type { Subscription } from '../transport/transport.ts';

/** Starts to consume. Rejects when `cancelled` aborts while the broker has not answered. */
export type Receive = (prefetch: number, cancelled: AbortSignal) => Promise<Subscription>;

/**
 * Consumes with a prefetch that changes. Changes run one after another, and each applies the newest
 * prefetch:
 *
 *             set(n)                      the broker answers
 *   stopped ──────────▶ opening(n) ─────────────────────────▶ open(n)
 *      ▲                    │ set(m): cancel                     │ set(m): cancel
 *      └────────────────────┴────────────────────────────────────┘ then opening(m), if m > 0
 */
export class Consumption {
  readonly #receive: Receive;
  readonly #onError: (error: unknown) => void;
  #wanted = 0;
  #open: { readonly subscription: Subscription; readonly prefetch: number } | undefined;
  #opening: { readonly cancel: AbortController; readonly prefetch: number } | undefined;
  #changing: Promise<void> = Promise.resolve();

  /** @param onError called when a change fails; the next change applies the prefetch again */
  constructor(receive: Receive, onError: (error: unknown) => void) {
    this.#receive = receive;
    this.#onError = onError;
  }

  /** Consumes with this prefetch; 0 stops. Resolves when the broker has answered. Never rejects. */
  set(prefetch: number): Promise<void> {
    this.#wanted = prefetch;
    // The broker may never answer the pending request.
    if (this.#opening !== undefined && this.#opening.prefetch !== prefetch) {
      this.#opening.cancel.abort();
    }
    this.#changing = this.#changing.then(() => this.#apply()).catch(this.#onError);
    return this.#changing;
  }

  /** Resolves when no change is pending. */
  idle(): Promise<void> {
    return this.#changing;
  }

  async #apply(): Promise<void> {
    const prefetch = this.#wanted;
    if (this.#open !== undefined && this.#open.prefetch !== prefetch) {
      const { subscription } = this.#open;
      this.#open = undefined;
      await subscription.cancel();
    }
    if (this.#open === undefined && prefetch > 0) await this.#start(prefetch);
  }

  async #start(prefetch: number): Promise<void> {
    const cancel = new AbortController();
    this.#opening = { cancel, prefetch };
    try {
      this.#open = { subscription: await this.#receive(prefetch, cancel.signal), prefetch };
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      this.#opening = undefined;
    }
  }
}
