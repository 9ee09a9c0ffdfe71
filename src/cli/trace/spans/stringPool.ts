/** Keeps one copy of each string that many spans or lines share. */
export class StringPool {
  readonly #strings = new Map<string, string>();
  readonly #maxStrings: number;

  /**
   * @param maxStrings a full pool starts again without strings, so that a program that runs for
   * days does not keep those of data it has dropped. @default no limit
   */
  constructor(maxStrings = Number.POSITIVE_INFINITY) {
    this.#maxStrings = maxStrings;
  }

  share(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (this.#strings.size >= this.#maxStrings) this.#strings.clear();
    this.#strings.set(text, text);
    return text;
  }
}
