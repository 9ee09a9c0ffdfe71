import type { RuntimeState } from '../runtime.ts';

/**
 * The slots of concurrent calls. A call that has timed out keeps its slot until the runtime has
 * finished it, so that the calls behind it do not time out too. While every slot belongs to such a
 * call, the runtime counts as absent.
 */
export class Slots {
  readonly #count: number;
  readonly #onExhausted: (state: RuntimeState) => void;
  #used = 0;
  /** The slots of timed-out calls. */
  #abandoned = 0;

  /** @param onExhausted called when the runtime becomes absent, and when a slot is usable again */
  constructor(count: number, onExhausted: (state: RuntimeState) => void) {
    this.#count = count;
    this.#onExhausted = onExhausted;
  }

  hasFree(): boolean {
    return this.#used < this.#count;
  }

  take(): void {
    this.#used++;
  }

  release(): void {
    this.#used--;
  }

  /** Why every slot is unusable; undefined while one is usable. */
  exhaustion(): string | undefined {
    if (this.#abandoned < this.#count) return undefined;
    return this.#count === 1
      ? 'the only slot belongs to a call that timed out and is still running'
      : `all ${this.#count} slots belong to calls that timed out and are still running`;
  }

  /** Waits until the runtime has finished a call that has timed out. Its slot is not released. */
  async untilFinished(lateCompletion: Promise<unknown>): Promise<void> {
    this.#abandoned++;
    const reason = this.exhaustion();
    if (reason !== undefined) this.#onExhausted({ ready: false, reason });
    await lateCompletion;
    const wasExhausted = this.exhaustion() !== undefined;
    this.#abandoned--;
    if (wasExhausted) this.#onExhausted({ ready: true });
  }
}
