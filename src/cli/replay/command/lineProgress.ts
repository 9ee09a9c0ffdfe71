/** Tracks up to which line of a file all messages are handled, while several are in progress. */
export class LineProgress {
  readonly #open = new Set<number>();
  #last = 0;

  /** The lines are started in order. */
  start(line: number): void {
    this.#open.add(line);
    this.#last = line;
  }

  /** Records that a line needs no further work. */
  complete(line: number): void {
    this.#open.delete(line);
  }

  /** The last line up to which all lines are complete; 0 when the first one is not. */
  get completeThrough(): number {
    const [firstOpen] = this.#open;
    return firstOpen === undefined ? this.#last : firstOpen - 1;
  }
}
