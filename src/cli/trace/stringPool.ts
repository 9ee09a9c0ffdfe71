/** Keeps one copy of each string that many spans or lines share. */
export class StringPool {
  readonly #strings = new Map<string, string>();

  share(text: string): string {
    const known = this.#strings.get(text);
    if (known === undefined) this.#strings.set(text, text);
    return known ?? text;
  }
}
