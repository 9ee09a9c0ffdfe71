/** What a run has opened; closed in reverse order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];

  add(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  /** The hook of the functions of `test/kit/` that close what they have opened. */
  readonly after = (closer: () => unknown): void => this.add(closer);

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).toReversed()) await closer();
  }
}
