/** Runs tasks that overlap, at most `size` at a time. */
export class TaskWindow {
  readonly #size: number;
  #running = 0;
  #changed = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when another task may start; to false after a task has failed. */
  async hasRoom(): Promise<boolean> {
    while (this.#running >= this.#size) await this.#changed.promise;
    return this.#failure === undefined;
  }

  start(task: () => Promise<void>): void {
    this.#running++;
    void this.#run(task);
  }

  /** @throws the error of the first task that failed, after all tasks have ended */
  async ended(): Promise<void> {
    while (this.#running > 0) await this.#changed.promise;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#running--;
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
