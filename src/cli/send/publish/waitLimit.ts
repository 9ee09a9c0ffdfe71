/** Calls a function when nothing has restarted the limit for its time. */
export class WaitLimit {
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  /** @param timeMs in milliseconds */
  constructor(timeMs: number, onOver: () => void) {
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      onOver();
    }, timeMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  restart(): void {
    if (!this.#isOver) this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
